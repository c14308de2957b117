import { isObject } from '@deskclaw/protocol';
import { KeyBlockMask, secretShapes } from './secret-shapes.ts';

const MASK = '[redacted]';

/** Values nested deeper than this are replaced: deeper than any error was seen to go, and far from where a stack ends. */
const MAX_DEPTH = 32;
/** Shorter secrets would mask ordinary words. */
const MIN_LENGTH = 8;
/** Values of settings that are kept beside secrets (`--auth password`, `MODE_KEY=production`), and must stay readable. */
const ordinaryWords =
  /^(?:passwords?|production|development|staging|disabled|enabled|required|optional|undefined|localhost|loopback|openclaw|deskclaw|keychain|keyring|trusted-proxy|127\.0\.0\.1)$/i;
/** Shorter pieces of base64 would be found in ordinary words. */
const MIN_ENCODED_LENGTH = 12;

export interface RedactorOptions {
  /** Secrets that are known from the start, whatever their length. */
  readonly secrets?: readonly string[];
  /** Whether text that is shaped like a secret is masked too. Default true. */
  readonly patterns?: boolean;
}

function base64(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}

/** Returns how base64 writes the text at each of the three places it can have in a longer one, without the ends that depend on its neighbours. */
function base64Forms(secret: string): readonly string[] {
  const bytes = new TextEncoder().encode(secret);
  return [0, 1, 2].flatMap((shift) => {
    const shifted = new Uint8Array(shift + bytes.length);
    shifted.set(bytes, shift);
    const from = shift === 0 ? 0 : shift + 1;
    const end = Math.floor(((shift + bytes.length) * 8) / 6);
    const encoded = base64(shifted).slice(from, end);
    return [encoded, encoded.replaceAll('+', '-').replaceAll('/', '_')];
  });
}

/** Returns the ways in which a secret is written: as it is, in JSON, in an address, in base64. */
function formsOf(secret: string): readonly string[] {
  const encoded = base64Forms(secret).filter((form) => form.length >= MIN_ENCODED_LENGTH);
  const inAddress = secret.isWellFormed() ? [encodeURIComponent(secret), encodeURI(secret)] : [];
  return [secret, JSON.stringify(secret).slice(1, -1), ...inAddress, ...encoded];
}

/** Masks known secrets, and text that is shaped like one, in whatever is stored or shown. */
export class Redactor {
  readonly #patterns: readonly RegExp[];
  readonly #keyBlock = new KeyBlockMask();
  readonly #known = new Set<string>();
  /** Every form of every secret, the longest first: a secret that begins with another one is masked whole. */
  #forms: readonly string[] = [];
  /** Secrets whose forms are not among them yet: most connections are over before there is a text to mask. */
  #unwritten: string[] = [];

  constructor({ secrets = [], patterns = true }: RedactorOptions = {}) {
    this.#patterns = patterns ? secretShapes : [];
    this.#add(secrets);
  }

  /** Masks this secret from now on. Ignores one of fewer than 8 characters and some words, which would mask ordinary text. */
  learn(secret: string): void {
    if (secret.length >= MIN_LENGTH && !ordinaryWords.test(secret) && !this.#known.has(secret)) this.#add([secret]);
  }

  text(text: string): string {
    let redacted = this.#withoutKnown(text);
    for (const pattern of this.#patterns) redacted = redacted.replace(pattern, `$1${MASK}`);
    return redacted;
  }

  /** Masks one line of output, and what is left of a private key that an earlier line began. */
  line(text: string): string {
    return this.#keyBlock.line(this.text(text), MASK);
  }

  /** Returns a copy of JSON data with every string and key redacted. */
  value(value: unknown): unknown {
    const redact = (text: string): string => this.text(text);
    return this.#known.size === 0 && this.#patterns.length === 0 ? value : this.#value(value, redact, 0);
  }

  /** Returns JSON data without the known secrets. What is only shaped like one stays: it may be what a chat is about. */
  withoutKnown(value: unknown): unknown {
    return this.#known.size === 0 ? value : this.#value(value, (text) => this.#withoutKnown(text), 0);
  }

  #withoutKnown(text: string): string {
    if (text === '') return text;
    let redacted = text;
    for (const form of this.#everyForm()) redacted = redacted.replaceAll(form, MASK);
    return redacted;
  }

  #value(value: unknown, redact: (text: string) => string, depth: number): unknown {
    if (typeof value === 'string') return redact(value);
    if (typeof value !== 'object' || value === null) return value;
    if (depth === MAX_DEPTH) return '[too deep to be shown]';
    if (Array.isArray(value)) return value.map((item: unknown) => this.#value(item, redact, depth + 1));
    if (!isObject(value)) return value;
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, item]) => [redact(key), this.#value(item, redact, depth + 1)]));
  }

  #add(secrets: readonly string[]): void {
    for (const secret of secrets) {
      if (secret === '') continue;
      this.#known.add(secret);
      this.#unwritten.push(secret);
    }
  }

  #everyForm(): readonly string[] {
    if (this.#unwritten.length === 0) return this.#forms;
    const forms = new Set([...this.#forms, ...this.#unwritten.flatMap(formsOf)]);
    this.#unwritten = [];
    this.#forms = [...forms].sort((a, b) => b.length - a.length);
    return this.#forms;
  }
}
