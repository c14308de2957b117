import { type DialectName, describeProblem } from '@deskclaw/protocol';
import { startHandshake } from '../dialect/auto.ts';
import type { Credentials, ShutdownNotice } from '../dialect/dialect.ts';
import type { PeerError } from '../dialect/incoming.ts';
import { operatorScopes } from '../dialect/openclaw.ts';
import type { Refusal } from '../dialect/refusal.ts';
import type { Session } from '../dialect/session.ts';
import type { Clock } from '../ports/clock.ts';
import { silentLogger } from '../ports/logger.ts';
import type { Socket } from '../ports/sockets.ts';
import { type CloseContext, judgeClose, judgeRefusal } from './close-policy.ts';
import { DeviceUnavailable } from './device-auth.ts';
import { Link, type LinkListener, type LinkPlan } from './link.ts';
import { Login, type LoginAttempt } from './login.ts';
import {
  defaultClient,
  displayAddress,
  type GatewayConnectionOptions,
  isValidAddress,
  maxPayloadOf,
  readCredentials,
} from './options.ts';
import { redactClose, redactError, redactNotice, redactorFor, redactRefusal } from './redact-peer.ts';
import type { DisconnectInfo, Verdict } from './state.ts';

export interface DiallerListener {
  opened(generation: number): void;
  introduced(generation: number, answerWithinMs: number): void;
  accepted(generation: number, session: Session): void;
  failed(generation: number, ended: DisconnectInfo): void;
  /** A text frame for the session of the current link. */
  frame(text: string): void;
  binary(bytes: number): void;
  /** A sign of life without content. */
  beat(): void;
}

const retryNow: Verdict = { kind: 'retry-now' };
const DEFAULT_TOKEN_SOURCE = "the connection's options";

/** Makes one link at a time: asks for address and credentials, opens the socket, and turns its fate into words of the reducer. */
export class Dialler {
  readonly #options: GatewayConnectionOptions;
  readonly #clock: Clock;
  readonly #listener: DiallerListener;
  readonly #login: Login;
  /** Ended by us, but not yet gone. */
  readonly #leaving = new Set<Link>();
  /** Which attempt may be heard; 0 for none. */
  #generation = 0;
  #link: Link | undefined;
  #address: string;
  #redactor = redactorFor();
  #notice: ShutdownNotice | undefined;
  /** What this peer spoke when it last let us in, so that `auto` need not listen first again. */
  #learned: DialectName | undefined;

  constructor(options: GatewayConnectionOptions, clock: Clock, listener: DiallerListener) {
    this.#options = options;
    this.#clock = clock;
    this.#listener = listener;
    this.#login = new Login(() => options.auth, options.logger ?? silentLogger);
    this.#address = typeof options.url === 'string' ? displayAddress(options.url) : 'the gateway';
  }

  /** Where it dials, without anything secret. */
  get address(): string {
    return this.#address;
  }

  get socket(): Socket | undefined {
    return this.#link?.socket;
  }

  dial(generation: number): void {
    // A goodbye that is still under way would be a second live socket.
    this.end('terminate');
    this.#generation = generation;
    this.#notice = undefined;
    void this.#dial(generation);
  }

  /** Ends the link, or an attempt that has none yet. It will not be heard of again. `terminate` cuts goodbyes short, too. */
  end(how: 'close' | 'terminate'): void {
    this.#generation = 0;
    if (how === 'terminate') for (const link of this.#leaving) link.end('terminate');
    const link = this.#link;
    if (link === undefined) return;
    if (link.isUnanswered) this.#learned = undefined;
    this.#link = undefined;
    this.#leaving.add(link);
    void link.gone.then(() => this.#leaving.delete(link));
    link.end(how);
  }

  /** Resolves when no socket is left. */
  async settled(): Promise<void> {
    await Promise.all([...this.#leaving].map((link) => link.gone));
  }

  /** The session begins: frames that came early are handed over, later ones as they come. */
  release(): void {
    this.#link?.release();
  }

  /** The peer has announced its end; the close that follows is judged by it. */
  expectEnd(notice: ShutdownNotice): void {
    this.#notice = redactNotice(this.#redactor, notice);
  }

  /** Masks in an error of the peer the secrets that either side sent. */
  readonly redactError = (error: PeerError): PeerError => redactError(this.#redactor, error);

  async #dial(generation: number): Promise<void> {
    const { url, auth } = this.#options;
    let sources: readonly [string, Credentials];
    try {
      sources = await Promise.all([typeof url === 'string' ? url : url(), readCredentials(auth)]);
    } catch (error) {
      const facts = { url: this.#address, reason: wordsOf(error) };
      const problem = describeProblem('connection.refused', facts, this.#clock.wallTime());
      this.#undialled(generation, { failure: { verdict: { kind: 'retry' }, problem } });
      return;
    }
    if (generation === this.#generation) await this.#introduce(generation, ...sources);
  }

  async #introduce(generation: number, url: string, shared: Credentials): Promise<void> {
    this.#address = displayAddress(url);
    let introduction: LoginAttempt;
    try {
      introduction = await this.#login.prepare(this.#address, shared);
    } catch (error) {
      const unusable: Refusal = { kind: 'device-invalid', detail: wordsOf(error) };
      const refusal = error instanceof DeviceUnavailable ? error.refusal : unusable;
      this.#undialled(generation, { failure: judgeRefusal(refusal, this.#context()) });
      return;
    }
    if (generation === this.#generation) this.#open(generation, url, shared, introduction);
  }

  #open(generation: number, url: string, shared: Credentials, introduction: LoginAttempt): void {
    try {
      if (!isValidAddress(url)) throw new TypeError('it must begin with ws:// or wss://');
      this.#redactor = redactorFor(shared, introduction.credentials);
      this.#link = new Link(this.#plan(url, introduction), this.#hear(generation, introduction, shared));
    } catch (error) {
      const pause: Verdict = { kind: 'pause' };
      const facts = { source: 'url', fault: wordsOf(error) };
      const problem = describeProblem('config.invalid', facts, this.#clock.wallTime());
      this.#undialled(generation, { failure: { verdict: pause, problem } });
    }
  }

  #plan(url: string, { credentials, device }: LoginAttempt): LinkPlan {
    const { dialect = 'auto', scopes = operatorScopes, client, socketFactory: factory } = this.#options;
    const known = { credentials, client: { ...defaultClient, ...client }, scopes };
    const facts = device === undefined ? known : { ...known, device };
    const handshake = startHandshake(dialect, this.#learned, facts);
    return { url, handshake, factory, clock: this.#clock, maxPayload: maxPayloadOf(this.#options) };
  }

  /** The ears of one attempt: deaf as soon as it is no longer the current one. */
  #hear(generation: number, introduction: LoginAttempt, shared: Credentials): LinkListener {
    const listener = this.#listener;
    const ifCurrent =
      <Args extends readonly unknown[]>(act: (...args: Args) => void) =>
      (...args: Args) => {
        if (generation === this.#generation) act(...args);
      };
    return {
      opened: ifCurrent(() => listener.opened(generation)),
      introduced: ifCurrent((answerWithinMs) => listener.introduced(generation, answerWithinMs)),
      accepted: ifCurrent((session, deviceToken) => {
        this.#learned = session.dialect;
        const issued = deviceToken === undefined ? {} : { token: deviceToken };
        this.#redactor = redactorFor(shared, introduction.credentials, issued);
        const { missingScopes: missing } = session;
        const again = this.#login.accepted(session, deviceToken, introduction);
        if (!again || missing === undefined) listener.accepted(generation, session);
        else
          listener.failed(generation, {
            failure: { ...judgeRefusal({ kind: 'scope-missing', missing }, this.#context()), verdict: retryNow },
          });
      }),
      refused: ifCurrent((raw) => {
        const { again, refusal } = this.#login.refused(this.#learnFrom(raw), introduction);
        const failure = judgeRefusal(redactRefusal(this.#redactor, refusal), this.#context());
        listener.failed(generation, { failure: again ? { ...failure, verdict: retryNow } : failure });
      }),
      ended: ifCurrent((raw) => {
        const end = redactClose(this.#redactor, raw);
        const notice = this.#notice;
        const failure = judgeClose(end, notice, this.#context());
        listener.failed(generation, { failure, close: end, ...(notice === undefined ? {} : { notice }) });
      }),
      frame: ifCurrent((text) => listener.frame(text)),
      binary: ifCurrent((bytes) => listener.binary(bytes)),
      beat: ifCurrent(() => listener.beat()),
    };
  }

  #learnFrom(refusal: Refusal): Refusal {
    if (refusal.kind !== 'other-dialect') return refusal;
    const { dialect = 'auto' } = this.#options;
    if (dialect !== 'auto') return { kind: 'protocol-mismatch', ours: dialect, theirs: refusal.speaks };
    this.#learned = refusal.speaks;
    return refusal;
  }

  #context(): CloseContext {
    const tokenSource = this.#options.auth?.tokenSource ?? DEFAULT_TOKEN_SOURCE;
    return { address: this.#address, tokenSource, at: this.#clock.wallTime() };
  }

  #undialled(generation: number, ended: DisconnectInfo): void {
    if (generation === this.#generation) this.#listener.failed(generation, ended);
  }
}

function wordsOf(error: unknown): string {
  return error instanceof Error ? error.message : 'for an unknown cause';
}
