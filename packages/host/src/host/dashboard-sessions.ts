import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import type { Clock } from '@deskclaw/core';
import { type LoginContext, type LoginResults, loginText, type ResumeSession } from '@deskclaw/protocol';
import type { StoredSession } from './dashboard-record.ts';

/** Long enough to start a browser, short enough that a link left in a terminal's history is worthless. */
const TOKEN_LIFETIME_MS = 120_000;
const MAX_TOKENS = 64;
const MAX_SESSIONS = 64;
export const DEFAULT_SESSION_IDLE_MS = 12 * 60 * 60 * 1_000;

interface Token {
  readonly digest: Buffer;
  /** Monotonic ms. */
  readonly until: number;
  readonly onEnd: () => void;
}

interface Session {
  readonly id: string;
  readonly key: Buffer;
  readonly origin: string;
  readonly port: number;
  /** Monotonic ms. */
  usedAt: number;
  /** One entry for each open page; closes it. */
  readonly pages: Set<() => void>;
}

/** Where a page is: its origin, and the port that it reaches (another number behind a tunnel). */
export interface PagePlace {
  readonly origin: string;
  readonly port: number;
}

function sha256(data: string | Uint8Array): Buffer {
  return createHash('sha256').update(data).digest();
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** Recovers the secret from a page's proof and compares its hash with the stored one. */
function isProven(key: Buffer, proof: string, context: LoginContext): boolean {
  const bytes = Buffer.from(proof, 'base64url');
  if (bytes.length !== key.length) return false;
  const mask = hmac(key, loginText('page', context));
  return timingSafeEqual(sha256(bytes.map((byte, index) => byte ^ (mask[index] ?? 0))), key);
}

export interface SessionsOptions {
  readonly clock: Clock;
  /** How long a session without an open page lasts, ms. Asked at each use. */
  readonly idleMs: () => number;
  readonly stored: readonly StoredSession[];
  readonly onChange: (sessions: readonly StoredSession[]) => void;
}

/**
 * One-time tokens and the sessions of dashboard pages. A session belongs to the origin and the port that it was opened
 * on, and ends when no page of it was open for `idleMs`. Keeps hashes only.
 */
export class DashboardSessions {
  readonly #clock: Clock;
  readonly #idleMs: () => number;
  readonly #onChange: SessionsOptions['onChange'];
  #tokens: readonly Token[] = [];
  #sessions: readonly Session[];

  constructor({ clock, idleMs, stored, onChange }: SessionsOptions) {
    this.#clock = clock;
    this.#idleMs = idleMs;
    this.#onChange = onChange;
    this.#sessions = stored.map(({ id, key, origin, port, usedAt }) => {
      const idleFor = Math.max(0, clock.wallTime() - usedAt);
      return {
        id,
        key: Buffer.from(key, 'base64url'),
        origin,
        port,
        usedAt: clock.now() - idleFor,
        pages: new Set<() => void>(),
      };
    });
  }

  /** @param onEnd called once the token was redeemed, is too old or was revoked. */
  issueToken(onEnd: () => void = () => undefined): string {
    const token = randomBytes(32).toString('base64url');
    const issued = { digest: sha256(token), until: this.#clock.now() + TOKEN_LIFETIME_MS, onEnd };
    this.#endTokens(this.#liveTokens().slice(0, 1 - MAX_TOKENS));
    this.#tokens = [...this.#liveTokens(), issued];
    this.#clock.schedule(TOKEN_LIFETIME_MS, () => this.#endTokens(this.#tokens.filter((each) => each === issued)));
    return token;
  }

  /** Whether a token could be redeemed now; does not spend it. */
  isRedeemable(token: string): boolean {
    return this.#findToken(token) !== undefined;
  }

  /** Spends a token; `undefined`: not a token, used already, or too old. */
  redeem(token: string, { origin, port }: PagePlace): LoginResults['session.open'] | undefined {
    const found = this.#findToken(token);
    if (found === undefined) return undefined;
    this.#endTokens([found]);
    const secret = randomBytes(32);
    const id = randomBytes(12).toString('base64url');
    const session = { id, key: sha256(secret), origin, port, usedAt: this.#clock.now(), pages: new Set<() => void>() };
    this.#sessions = [...this.#liveSessions(), session].slice(-MAX_SESSIONS);
    this.#changed();
    return { id, secret: secret.toString('base64url') };
  }

  /** Checks a page's proof and returns the host's own; `undefined`: no such session, or not proven. */
  resume(
    { id, nonce, proof }: ResumeSession['params'],
    hostNonce: string,
    { origin, port }: PagePlace,
  ): LoginResults['session.resume'] | undefined {
    const session = this.#liveSessions().find((each) => each.id === id);
    if (session === undefined || session.origin !== origin || session.port !== port) return undefined;
    const context = { hostNonce, pageNonce: nonce, origin };
    if (!isProven(session.key, proof, context)) return undefined;
    return { proof: hmac(session.key, loginText('host', context)).toString('base64url') };
  }

  /** Counts an open page of a session, which is not idle meanwhile. Returns what to call when the page is gone. */
  addPage(id: string, close: () => void): () => void {
    const session = this.#sessions.find((each) => each.id === id);
    if (session === undefined) return () => undefined;
    const page = () => close();
    session.pages.add(page);
    this.#touch(session);
    return () => {
      if (session.pages.delete(page)) this.#touch(session);
    };
  }

  /** Writes the sessions with open pages down as used now: a host that is killed writes nothing at its end. */
  touchOpen(): void {
    const open = this.#sessions.filter(({ pages }) => pages.size > 0);
    for (const session of open) session.usedAt = this.#clock.now();
    if (open.length > 0) this.#changed();
  }

  /** Ports that pages may come back to. */
  ports(): ReadonlySet<number> {
    return new Set(this.#liveSessions().map(({ port }) => port));
  }

  /** Ends all sessions, open pages included, and all links. Returns how many sessions there were. */
  revokeAll(): number {
    this.#endTokens(this.#tokens);
    const ended = this.#liveSessions();
    this.#sessions = [];
    this.#changed();
    for (const { pages } of ended) for (const close of [...pages]) close();
    return ended.length;
  }

  /** Ends all links: their pages on disk would stay behind. */
  close(): void {
    this.#endTokens(this.#tokens);
  }

  #touch(session: Session): void {
    session.usedAt = this.#clock.now();
    this.#changed();
  }

  #changed(): void {
    const [now, wallTime] = [this.#clock.now(), this.#clock.wallTime()];
    this.#onChange(
      this.#sessions.map(({ id, key, origin, port, usedAt }) => ({
        id,
        key: key.toString('base64url'),
        origin,
        port,
        usedAt: Math.round(wallTime - (now - usedAt)),
      })),
    );
  }

  #findToken(token: string): Token | undefined {
    const provided = sha256(token);
    return this.#liveTokens().find((known) => timingSafeEqual(known.digest, provided));
  }

  #endTokens(ended: readonly Token[]): void {
    this.#tokens = this.#tokens.filter((each) => !ended.includes(each));
    for (const { onEnd } of ended) onEnd();
  }

  #liveTokens(): readonly Token[] {
    return this.#tokens.filter((known) => known.until > this.#clock.now());
  }

  #liveSessions(): readonly Session[] {
    const oldest = this.#clock.now() - this.#idleMs();
    this.#sessions = this.#sessions.filter(({ pages, usedAt }) => pages.size > 0 || usedAt > oldest);
    return this.#sessions;
  }
}
