import type { Credentials } from '../dialect/dialect.ts';
import type { Refusal } from '../dialect/refusal.ts';
import type { SocketEnd } from '../ports/sockets.ts';

/** A peer may repeat our own secret to us, in a reason or in an error: it must come out nowhere. */
export class Concealer {
  readonly #secrets: readonly string[];

  constructor(...credentials: readonly Credentials[]) {
    const all = credentials.flatMap(({ token, password }) => [token ?? '', password ?? '']);
    this.#secrets = all.filter((secret) => secret !== '');
  }

  text(text: string): string {
    return this.#secrets.reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text);
  }

  refusal(refusal: Refusal): Refusal {
    const clean = { ...refusal };
    if ('message' in clean) return { ...clean, message: this.text(clean.message) };
    if ('detail' in clean) return { ...clean, detail: this.text(clean.detail) };
    return clean;
  }

  end(end: SocketEnd): SocketEnd {
    const { failure } = end;
    const clean = { ...end, reason: this.text(end.reason) };
    return failure === undefined ? clean : { ...clean, failure: { ...failure, message: this.text(failure.message) } };
  }
}
