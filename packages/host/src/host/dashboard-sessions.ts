import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@deskclaw/core';

/** Long enough to start a browser, short enough that a link left in a terminal's history is worthless. */
const TOKEN_LIFETIME_MS = 120_000;
const COOKIE = 'deskclaw_session';
const MAX_SESSIONS = 64;

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/**
 * Exchanges one-time tokens for browser sessions. A token works once; a session lasts as long as the dashboard server.
 */
export class DashboardSessions {
  readonly #clock: Clock;
  readonly #cookieName: string;
  #tokens: readonly { readonly digest: Buffer; readonly until: number }[] = [];
  #sessions: readonly Buffer[] = [];

  /** Cookies know no ports: the name carries it, so that two doors on one machine do not overwrite each other's. */
  constructor(clock: Clock, port: number) {
    this.#clock = clock;
    this.#cookieName = `${COOKIE}_${String(port)}`;
  }

  issueToken(): string {
    const token = randomBytes(32).toString('base64url');
    this.#tokens = [...this.#live(), { digest: digest(token), until: this.#clock.now() + TOKEN_LIFETIME_MS }];
    return token;
  }

  /** The `Set-Cookie` value of a new session; `undefined`: not a token, used already, or too old. */
  redeem(token: string): string | undefined {
    const provided = digest(token);
    const found = this.#live().find((known) => timingSafeEqual(known.digest, provided));
    if (found === undefined) return undefined;
    this.#tokens = this.#live().filter((known) => known !== found);
    const session = randomBytes(32).toString('base64url');
    this.#sessions = [...this.#sessions, digest(session)].slice(-MAX_SESSIONS);
    return `${this.#cookieName}=${session}; HttpOnly; SameSite=Strict; Path=/`;
  }

  /** Whether a request's `Cookie` header carries a session of ours. */
  isKnown(cookieHeader: string | undefined): boolean {
    const prefix = `${this.#cookieName}=`;
    return (cookieHeader ?? '')
      .split(';')
      .map((part) => part.trim())
      .filter((part) => part.startsWith(prefix))
      .some((part) => {
        const provided = digest(part.slice(prefix.length));
        return this.#sessions.some((known) => timingSafeEqual(known, provided));
      });
  }

  #live(): readonly { readonly digest: Buffer; readonly until: number }[] {
    return this.#tokens.filter((known) => known.until > this.#clock.now());
  }
}
