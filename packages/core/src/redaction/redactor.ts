import { isObject } from '@deskclaw/protocol';

const MASK = '[redacted]';

/** Values nested deeper than this are replaced: deeper than any error was seen to go, and far from where a stack ends. */
const MAX_DEPTH = 32;

/** Shapes of secrets that can be recognised without knowing their value. */
const secretPatterns: readonly RegExp[] = [
  /(\bBearer\s+)[\w.~+/=-]{8,}/gi,
  /\b(sk-|xox[abprs]-|gh[pousr]_)[\w-]{8,}/g,
  /((?:token|password|passwd|secret|api[_-]?key|authorization)["']?\s*[=:]\s*["']?)[^\s"',;&]{6,}/gi,
];

export interface RedactorOptions {
  /** Secrets that are known from the start, whatever their length. */
  readonly secrets?: readonly string[];
  /** Whether text that is shaped like a secret is masked too. Default true. */
  readonly patterns?: boolean;
}

/** Masks known secrets, and text that is shaped like one, in whatever is stored or shown. */
export class Redactor {
  readonly #patterns: readonly RegExp[];
  /** The longest first: a secret that begins with another one is masked whole. */
  #secrets: readonly string[] = [];

  constructor({ secrets = [], patterns = true }: RedactorOptions = {}) {
    this.#patterns = patterns ? secretPatterns : [];
    this.#add(secrets);
  }

  /** Masks this secret from now on. Ignores one of fewer than 8 characters, which would mask ordinary words. */
  learn(secret: string): void {
    if (secret.length >= 8) this.#add([secret]);
  }

  text(text: string): string {
    let redacted = text;
    for (const secret of this.#secrets) redacted = redacted.replaceAll(secret, MASK);
    for (const pattern of this.#patterns) redacted = redacted.replace(pattern, `$1${MASK}`);
    return redacted;
  }

  /** Returns a copy of JSON data with every string and key redacted. */
  value(value: unknown): unknown {
    return this.#secrets.length === 0 && this.#patterns.length === 0 ? value : this.#value(value, 0);
  }

  #value(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth === MAX_DEPTH) return '[too deep to be shown]';
    if (Array.isArray(value)) return value.map((item: unknown) => this.#value(item, depth + 1));
    if (!isObject(value)) return value;
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, item]) => [this.text(key), this.#value(item, depth + 1)]));
  }

  #add(secrets: readonly string[]): void {
    const all = new Set([...this.#secrets, ...secrets].filter((secret) => secret !== ''));
    this.#secrets = [...all].sort((a, b) => b.length - a.length);
  }
}
