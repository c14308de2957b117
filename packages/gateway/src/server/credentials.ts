import { createHash, timingSafeEqual } from 'node:crypto';

/** Checks a secret in time that does not depend on where it differs. */
export class TokenCheck {
  readonly #digest: Buffer | undefined;

  constructor(token: string | undefined) {
    this.#digest = token === undefined ? undefined : digest(token);
  }

  /** Whether a token is asked for at all. */
  get required(): boolean {
    return this.#digest !== undefined;
  }

  accepts(candidate: string): boolean {
    return this.#digest === undefined || timingSafeEqual(this.#digest, digest(candidate));
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
