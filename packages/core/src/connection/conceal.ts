import { isObject } from '@deskclaw/protocol';
import type { Credentials, ShutdownNotice } from '../dialect/dialect.ts';
import type { PeerError } from '../dialect/incoming.ts';
import type { Refusal } from '../dialect/refusal.ts';
import type { SocketEnd } from '../ports/sockets.ts';

/** Deeper than any error was seen to go, and far from where a stack ends. */
const DEEPEST = 32;

/** A peer may repeat our own secret to us, in a reason or in an error: it must come out nowhere. */
export class Concealer {
  readonly #secrets: readonly string[];

  constructor(...credentials: readonly Credentials[]) {
    const all = credentials.flatMap(({ token, password }) => [token ?? '', password ?? '']);
    // The longest first: one that begins with another is taken out whole.
    this.#secrets = [...new Set(all)].filter((secret) => secret !== '').sort((a, b) => b.length - a.length);
  }

  text(text: string): string {
    return this.#secrets.reduce((clean, secret) => clean.replaceAll(secret, '[secret]'), text);
  }

  refusal(refusal: Refusal): Refusal {
    switch (refusal.kind) {
      case 'device-unusable':
      case 'garbled':
        return { ...refusal, detail: this.text(refusal.detail) };
      case 'pairing-required': {
        const { message, requestId, reason } = refusal;
        return {
          kind: refusal.kind,
          message: this.text(message),
          ...(requestId === undefined || this.text(requestId) !== requestId ? {} : { requestId }),
          ...(reason === undefined ? {} : { reason: this.text(reason) }),
        };
      }
      case 'scope-missing':
        return { ...refusal, missing: refusal.missing.map((scope) => this.text(scope)) };
      case 'protocol-mismatch':
        return { ...refusal, theirs: this.text(refusal.theirs) };
      case 'rejected':
        return { ...refusal, code: this.#code(refusal.code), message: this.text(refusal.message) };
      case 'rate-limited':
      case 'other-dialect':
      // In our own words, or the keyring's.
      case 'device-locked':
      case 'device-lost':
        return refusal;
      case 'token-missing':
      case 'token-mismatch':
      case 'signature-refused':
      case 'device-required':
      case 'device-revoked':
      case 'starting':
        return { ...refusal, message: this.text(refusal.message) };
      default:
        return refusal satisfies never;
    }
  }

  end(end: SocketEnd): SocketEnd {
    const { failure } = end;
    const clean = { ...end, reason: this.text(end.reason) };
    return failure === undefined ? clean : { ...clean, failure: { ...failure, message: this.text(failure.message) } };
  }

  notice(notice: ShutdownNotice): ShutdownNotice {
    return { ...notice, reason: this.text(notice.reason) };
  }

  readonly error = ({ code, message, data }: PeerError): PeerError => ({
    code: this.#code(code),
    message: this.text(message),
    ...(data === undefined ? {} : { data: this.#value(data, 0) }),
  });

  #code(code: number | string): number | string {
    return typeof code === 'string' ? this.text(code) : code;
  }

  #value(value: unknown, depth: number): unknown {
    if (typeof value === 'string') return this.text(value);
    if (typeof value !== 'object' || value === null || this.#secrets.length === 0) return value;
    if (depth === DEEPEST) return '[too deep to be shown]';
    if (Array.isArray(value)) return value.map((item: unknown) => this.#value(item, depth + 1));
    if (!isObject(value)) return value;
    const entries = Object.entries(value);
    return Object.fromEntries(entries.map(([key, item]) => [this.text(key), this.#value(item, depth + 1)]));
  }
}
