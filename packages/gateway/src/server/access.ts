import { createHash, timingSafeEqual } from 'node:crypto';

/** Compares a token in time that does not depend on the position of the first difference. */
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

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]', '::1']);

/**
 * Whether a page of this origin may open a socket here. Programs send no Origin; browsers always do, and a page
 * from elsewhere must not reach a gateway on the visitor's own machine (cross-site WebSocket hijacking).
 */
export function isOriginAllowed(origin: string | undefined): boolean {
  if (origin === undefined) return true;
  const url = URL.parse(origin);
  if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false;
  return loopbackNames.has(url.hostname) || url.hostname.endsWith('.localhost');
}

export function isLoopbackHost(host: string): boolean {
  return loopbackNames.has(host) || /^127\.\d+\.\d+\.\d+$/.test(host);
}
