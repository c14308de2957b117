import { isObject, type LoginContext, loginText, parseJson } from '@deskclaw/protocol';

/** The session of this browser on this origin. `secret`: 32 bytes in base64url, known to the page alone. */
export interface PageSession {
  readonly id: string;
  readonly secret: string;
}

const STORAGE_KEY = 'deskclaw.session';

function isPageSession(value: unknown): value is PageSession {
  return isObject(value) && typeof value['id'] === 'string' && typeof value['secret'] === 'string';
}

/** Storage of an origin; a browser that blocks it throws. */
export type PageStorage = Pick<Storage, 'getItem' | 'setItem'>;

/** The token of the link that opened this page, until it was redeemed or refused, and the session of its origin. */
export class PageCredentials {
  readonly #storage: () => PageStorage;
  /** For a browser that stores nothing: then a reload needs a new link. */
  #session: PageSession | undefined;
  #token: string | undefined;

  constructor(storage: () => PageStorage, token: string | undefined) {
    this.#storage = storage;
    this.#token = token;
  }

  get token(): string | undefined {
    return this.#token;
  }

  /** Read at each use: another tab may have opened a newer session. */
  get session(): PageSession | undefined {
    try {
      const stored = parseJson(this.#storage().getItem(STORAGE_KEY) ?? '');
      return isPageSession(stored) ? stored : this.#session;
    } catch {
      return this.#session;
    }
  }

  redeemed(session: PageSession): void {
    this.#token = undefined;
    this.#session = session;
    try {
      this.#storage().setItem(STORAGE_KEY, JSON.stringify(session));
    } catch {
      // The session lasts as long as this page.
    }
  }

  /** The token was used already or is too old. */
  refused(): void {
    this.#token = undefined;
  }
}

type Bytes = Uint8Array<ArrayBuffer>;

function fromBase64Url(text: string): Bytes {
  return Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (character) => character.charCodeAt(0));
}

function toBase64Url(bytes: Bytes): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}

async function sign(key: Bytes, text: string): Promise<Bytes> {
  const hmac = await crypto.subtle.importKey('raw', key, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign']);
  return new Uint8Array(await crypto.subtle.sign('HMAC', hmac, new TextEncoder().encode(text)));
}

/** What a page proves its session with, and what the host must answer. Neither tells the secret. */
export interface LoginProofs {
  readonly page: string;
  readonly host: string;
}

/** Makes both proofs of one login; `protocol/dashboard-login.ts` says why. */
export async function loginProofs(session: PageSession, context: LoginContext): Promise<LoginProofs> {
  const secret = fromBase64Url(session.secret);
  const key = new Uint8Array(await crypto.subtle.digest('SHA-256', secret));
  const [mask, host] = await Promise.all([
    sign(key, loginText('page', context)),
    sign(key, loginText('host', context)),
  ]);
  return { page: toBase64Url(secret.map((byte, index) => byte ^ (mask[index] ?? 0))), host: toBase64Url(host) };
}

/** Returns 32 random bytes in base64url. */
export function randomNonce(): string {
  return toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
}
