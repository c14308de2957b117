const MASK = '[redacted]';

/** Shapes of secrets that give themselves away, whatever their value. */
const patterns: readonly RegExp[] = [
  /(\bBearer\s+)[\w.~+/=-]{8,}/gi,
  /\b(sk-|xox[abprs]-|gh[pousr]_)[\w-]{8,}/g,
  /((?:token|password|passwd|secret|api[_-]?key|authorization)["']?\s*[=:]\s*["']?)[^\s"',;&]{6,}/gi,
];

/** Takes known secrets and secret-shaped text out of anything that is kept or shown. */
export class Redactor {
  readonly #known = new Set<string>();

  /** Short strings would mask ordinary words. */
  learn(secret: string): void {
    if (secret.length >= 8) this.#known.add(secret);
  }

  text(text: string): string {
    let out = text;
    for (const secret of this.#known) out = out.replaceAll(secret, MASK);
    for (const pattern of patterns) out = out.replace(pattern, `$1${MASK}`);
    return out;
  }
}
