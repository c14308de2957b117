import { type DialectName, describeProblem } from '@deskclaw/protocol';
import { startHandshake } from '../dialect/auto.ts';
import type { Credentials, ShutdownNotice } from '../dialect/dialect.ts';
import type { PeerError } from '../dialect/incoming.ts';
import type { Refusal } from '../dialect/refusal.ts';
import type { Clock } from '../ports/clock.ts';
import { silentLogger } from '../ports/logger.ts';
import type { PinnedCertificate, Socket } from '../ports/sockets.ts';
import { type CloseContext, judgeClose, judgeRefusal } from './close-policy.ts';
import { DeviceUnavailable } from './device-credentials.ts';
import { Login, type LoginAttempt } from './login.ts';
import {
  defaultClient,
  displayAddress,
  type GatewayConnectionOptions,
  isValidAddress,
  maxPayloadOf,
  readCredentials,
} from './options.ts';
import { PeerRedactors, redactClose, redactError, redactNotice, redactRefusal } from './redact-peer.ts';
import {
  type AttemptJudge,
  type ConnectionListener,
  SocketSession,
  type SocketSessionOptions,
} from './socket-session.ts';
import type { DisconnectInfo, Verdict } from './state.ts';
import { headerSecrets } from './upgrade-options.ts';

const retryNow: Verdict = { kind: 'retry-now' };
const DEFAULT_TOKEN_SOURCE = "the connection's options";

/**
 * Opens one socket at a time: gets address and credentials, starts the session, and judges what its answers and its close mean
 * for the next attempt.
 */
export class Connector {
  readonly #options: GatewayConnectionOptions;
  readonly #clock: Clock;
  readonly #receiver: SocketSessionOptions['receiver'];
  readonly #listener: ConnectionListener;
  readonly #login: Login;
  /** Sessions that we ended, whose sockets are not closed yet. */
  readonly #closing = new Set<SocketSession>();
  /** The current attempt; 0 for none. */
  #generation = 0;
  #session: SocketSession | undefined;
  #address: string;
  readonly #redactors = new PeerRedactors();
  #redactor = this.#redactors.for();
  #notice: ShutdownNotice | undefined;
  /** The dialect of the peer when it last accepted us, so that `auto` need not listen first again. */
  #detectedDialect: DialectName | undefined;

  /** @param receiver takes the frames of every session */
  constructor(
    options: GatewayConnectionOptions,
    clock: Clock,
    receiver: SocketSessionOptions['receiver'],
    listener: ConnectionListener,
  ) {
    this.#options = options;
    this.#clock = clock;
    this.#receiver = receiver;
    this.#listener = listener;
    this.#login = new Login(() => options.auth, options.logger ?? silentLogger);
    this.#address = typeof options.url === 'string' ? displayAddress(options.url) : 'the gateway';
  }

  /** The address without anything secret. */
  get address(): string {
    return this.#address;
  }

  get socket(): Socket | undefined {
    return this.#session?.socket;
  }

  /** When the peer last sent anything; now, without a session. */
  get lastFrameAt(): number {
    return this.#session?.lastFrameAt ?? this.#clock.now();
  }

  /** Resolves when the peer sends anything; never, if this session ends first. */
  async nextFrame(): Promise<void> {
    await this.#session?.nextFrame();
  }

  /** The peer was reported unresponsive: reports its next frame. */
  expectFrame(): void {
    this.#session?.expectFrame();
  }

  connect(generation: number): void {
    // A socket that is still closing would be a second live one.
    this.end('terminate');
    this.#generation = generation;
    this.#notice = undefined;
    void this.#connect(generation);
  }

  /** Ends the session, or an attempt that has none yet; it reports nothing more. `terminate` also cuts sockets short that are closing. */
  end(how: 'close' | 'terminate'): void {
    this.#generation = 0;
    if (how === 'terminate') for (const session of this.#closing) session.end('terminate');
    const session = this.#session;
    if (session === undefined) return;
    if (session.isUnanswered) this.#detectedDialect = undefined;
    this.#session = undefined;
    this.#closing.add(session);
    void session.gone.then(() => this.#closing.delete(session));
    session.end(how);
  }

  /** Resolves when no socket is left. */
  async settled(): Promise<void> {
    await Promise.all([...this.#closing].map((session) => session.gone));
  }

  /** Begins the session: delivers the frames that came early, and later ones as they come. */
  release(): void {
    this.#session?.release();
  }

  /** The peer has announced its shutdown; the close that follows is judged by that. Returns the notice without secrets. */
  expectClose(notice: ShutdownNotice): ShutdownNotice {
    this.#notice = redactNotice(this.#redactor, notice);
    return this.#notice;
  }

  /** Masks in an error of the peer the secrets that either side sent. */
  readonly redactError = (error: PeerError): PeerError => redactError(this.#redactor, error);

  async #connect(generation: number): Promise<void> {
    const { url, auth, certificate } = this.#options;
    let sources: readonly [string, Credentials, PinnedCertificate | undefined];
    try {
      sources = await Promise.all([typeof url === 'string' ? url : url(), readCredentials(auth), certificate?.()]);
    } catch (error) {
      const facts = { url: this.#address, reason: errorMessage(error) };
      const problem = describeProblem('connection.refused', facts, this.#clock.wallTime());
      this.#failedBeforeOpen(generation, { failure: { verdict: { kind: 'retry' }, problem } });
      return;
    }
    if (generation === this.#generation) await this.#prepareLogin(generation, ...sources);
  }

  async #prepareLogin(
    generation: number,
    url: string,
    shared: Credentials,
    certificate: PinnedCertificate | undefined,
  ): Promise<void> {
    this.#address = displayAddress(url);
    let attempt: LoginAttempt;
    try {
      attempt = await this.#login.prepare(this.#address, shared);
    } catch (error) {
      const invalid: Refusal = { kind: 'device-invalid', detail: errorMessage(error) };
      const refusal = error instanceof DeviceUnavailable ? error.refusal : invalid;
      this.#failedBeforeOpen(generation, { failure: judgeRefusal(refusal, this.#context()) });
      return;
    }
    if (generation === this.#generation) this.#open(generation, url, shared, attempt, certificate);
  }

  #open(
    generation: number,
    url: string,
    shared: Credentials,
    attempt: LoginAttempt,
    certificate: PinnedCertificate | undefined,
  ): void {
    try {
      if (!isValidAddress(url)) throw new TypeError('it must begin with ws:// or wss://');
      this.#redactor = this.#redactors.for(shared, attempt.credentials, ...headerSecrets(this.#options.headers));
      const options = this.#sessionOptions(generation, url, attempt, this.#judge(attempt, shared), certificate);
      this.#session = new SocketSession(options, this.#listener);
    } catch (error) {
      const pause: Verdict = { kind: 'pause' };
      const facts = { source: 'url', fault: errorMessage(error) };
      const problem = describeProblem('config.invalid', facts, this.#clock.wallTime());
      this.#failedBeforeOpen(generation, { failure: { verdict: pause, problem } });
    }
  }

  #sessionOptions(
    generation: number,
    url: string,
    { credentials, device }: LoginAttempt,
    judge: AttemptJudge,
    certificate: PinnedCertificate | undefined,
  ): SocketSessionOptions {
    const { dialect = 'auto', scopes, client, socketFactory: factory, verifyPeer } = this.#options;
    const { ready, headers, protocols } = this.#options;
    const input = {
      credentials,
      ...(ready === undefined ? {} : { ready }),
      client: { ...defaultClient, ...client },
      ...(scopes === undefined ? {} : { scopes }),
      ...(device === undefined ? {} : { device }),
    };
    const handshake = startHandshake(dialect, this.#detectedDialect, input);
    return {
      generation,
      url,
      handshake,
      factory,
      clock: this.#clock,
      judge,
      receiver: this.#receiver,
      socket: {
        maxPayload: maxPayloadOf(this.#options),
        ...(verifyPeer && { verifyPeer }),
        ...(certificate && { certificate }),
        ...(headers && { headers }),
        ...(protocols && { protocols }),
      },
    };
  }

  #judge(attempt: LoginAttempt, shared: Credentials): AttemptJudge {
    return {
      accepted: (session, deviceToken) => {
        this.#detectedDialect = session.dialect;
        const issued = deviceToken === undefined ? {} : { token: deviceToken };
        this.#redactor = this.#redactors.for(
          shared,
          attempt.credentials,
          issued,
          ...headerSecrets(this.#options.headers),
        );
        const { missingScopes: missing } = session;
        const again = this.#login.accepted(session, deviceToken, attempt);
        if (!again || missing === undefined) return undefined;
        const failure = judgeRefusal({ kind: 'scope-missing', missing }, this.#context());
        return { failure: { ...failure, verdict: retryNow } };
      },
      refused: (raw) => {
        const { again, refusal } = this.#login.refused(this.#learnFrom(raw), attempt);
        const failure = judgeRefusal(redactRefusal(this.#redactor, refusal), this.#context());
        return { failure: again ? { ...failure, verdict: retryNow } : failure };
      },
      closed: (raw) => {
        const close = redactClose(this.#redactor, raw);
        const notice = this.#notice;
        const hasSecret = hasLogin(attempt.credentials, this.#options.headers);
        const failure = judgeClose(close, notice, { ...this.#context(), hasSecret });
        return { failure, close, ...(notice === undefined ? {} : { notice }) };
      },
    };
  }

  #learnFrom(refusal: Refusal): Refusal {
    if (refusal.kind !== 'other-dialect') return refusal;
    const { dialect = 'auto' } = this.#options;
    if (dialect !== 'auto') return { kind: 'protocol-mismatch', ours: dialect, theirs: refusal.speaks };
    this.#detectedDialect = refusal.speaks;
    return refusal;
  }

  #context(): CloseContext {
    const tokenSource = this.#options.auth?.tokenSource ?? DEFAULT_TOKEN_SOURCE;
    return { address: this.#address, tokenSource, at: this.#clock.wallTime() };
  }

  #failedBeforeOpen(generation: number, ended: DisconnectInfo): void {
    if (generation === this.#generation) this.#listener.failed(generation, ended);
  }
}

function hasLogin({ token, password }: Credentials, headers: Readonly<Record<string, string>> = {}): boolean {
  return token !== undefined || password !== undefined || Object.keys(headers).length > 0;
}

function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : 'for an unknown cause';
}
