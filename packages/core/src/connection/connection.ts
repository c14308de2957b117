/// <reference lib="esnext.disposable" preserve="true" />

import { describeProblem, type MethodParams, type MethodResult, type Problem } from '@deskclaw/protocol';
import type { Session } from '../dialect/session.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { Emitter, type Unsubscribe } from '../events/emitter.ts';
import { type EventStream, type EventStreamOptions, streamEvents } from '../events/event-stream.ts';
import type { AbortSignal } from '../ports/abort-signal.ts';
import { browserClock, browserRandom } from '../ports/browser/browser-clock.ts';
import { silentLogger } from '../ports/logger.ts';
import { SleepDetector } from '../ports/sleep-detector.ts';
import { type Tracer, traceRequest } from '../ports/tracer.ts';
import { defaultLimits, type RequestOptions } from '../rpc/options.ts';
import { type BatchedRequest, RpcPeer } from '../rpc/peer.ts';
import type { Latency } from '../rpc/pending-table.ts';
import type { RequestHandler } from '../rpc/serving.ts';
import { Driver } from './driver.ts';
import type { ConnectionEvents } from './events.ts';
import { withoutThrowing } from './events.ts';
import { type GatewayConnectionOptions, readConfig } from './options.ts';
import { Resume, type ResyncHook } from './resume.ts';
import { type ConnectionSnapshot, takeSnapshot } from './snapshot.ts';
import type { ConnectionState, RetryPolicy } from './state.ts';

/**
 * A connection to a gateway that reconnects by itself. Knows no process, so it can be used alone or by a manager.
 */
export class GatewayConnection implements AsyncDisposable {
  readonly #clock: SleepDetector;
  readonly #peer: RpcPeer;
  readonly #emitter: Emitter<ConnectionEvents>;
  readonly #resume: Resume;
  readonly #driver: Driver;
  readonly #tracer: Tracer | undefined;

  /** Creates a closed connection; `connect` opens it. @throws GatewayError `config.invalid` */
  constructor(options: GatewayConnectionOptions) {
    const { random = browserRandom, logger = silentLogger } = options;
    const clock = new SleepDetector(options.clock ?? browserClock, () => this.#handleWake('wake'));
    this.#clock = clock;
    this.#tracer = options.tracer;
    const config = readConfig(options, clock.wallTime());
    this.#emitter = new Emitter((error, event) => {
      logger.log('error', `A listener of "${String(event)}" failed`, { error: String(error) });
    });
    const trace = withoutThrowing(options.trace);
    this.#peer = new RpcPeer({
      clock,
      ...(options.request === undefined ? {} : { limits: options.request }),
      listener: {
        notification: (method, params, seq) => this.#notified(method, params, seq),
        unhandled: (frame) => this.#emitter.emit('message', frame),
        fault: (error, method) => logger.log('error', `A handler for "${method}" failed`, { error: String(error) }),
        ...(trace === undefined
          ? {}
          : {
              settled: (method, outcome, tookMs) =>
                trace({ type: 'request', at: clock.wallTime(), method, outcome, tookMs }),
            }),
      },
    });
    this.#peer.close(this.#closedProblem('connect() was not called.'));
    this.#resume = new Resume({
      request: (method, params) => this.#peer.request(method, params),
      isReady: () => this.#driver.state.name === 'ready',
      onGap: (gap) => this.#emitter.emit('gap', gap),
      onResynced: (cause) => this.#emitter.emit('resync', cause),
      onFault: (what, error) => this.#report(what, error),
    });
    const { emitter, peer, resume } = { emitter: this.#emitter, peer: this.#peer, resume: this.#resume };
    this.#driver = new Driver({ options, config, clock, random, peer, emitter, resume, trace });
  }

  /** Requests that failed so far because the connection was lost or closed. */
  get lostRequests(): number {
    return this.#peer.counters.lost;
  }

  /** How long the peer has been silent, ms; `undefined` where there is no connection. */
  get silentForMs(): number | undefined {
    return this.state.name === 'ready' ? this.#clock.now() - this.#driver.lastFrameAt : undefined;
  }

  get state(): ConnectionState {
    return this.#driver.state;
  }

  /** Present while ready. */
  get session(): Session | undefined {
    const { state } = this.#driver;
    return state.name === 'ready' ? state.session : undefined;
  }

  /**
   * Connects, and stays connected until `disconnect` or `suspend`. During an attempt only the policy changes. When waiting,
   * exhausted or paused, tries at once with a full budget.
   */
  connect(policy: RetryPolicy = 'steady'): void {
    this.#driver.dispatch({ type: 'connect', policy });
  }

  /** Reports a sign of life of the gateway's process: while booting, and before a first reconnect, tries at once. */
  retrySoon(): void {
    this.#driver.dispatch({ type: 'retry-soon' });
  }

  /** Applies a user request: skips any wait and resets the budget. Does nothing while ready or closed. */
  reconnectNow(): void {
    this.#driver.dispatch({ type: 'reconnect', cause: 'user' });
  }

  /** Reports that the machine woke up or its network changed: tries at once, or probes a connection that still looks alive. */
  wake(cause: 'wake' | 'network' = 'wake'): void {
    this.#clock.acknowledge();
    this.#handleWake(cause);
  }

  /**
   * Reports that the process behind the connection is gone: ends the socket at once, rejects requests that cannot be sent
   * (again) later, and tries nothing before the next `connect`.
   * @param how `close`: the process still lives, and gets a close frame (1000); `whenGone` tells when it has answered.
   */
  suspend(reason: string, how: 'close' | 'terminate' = 'terminate'): void {
    this.#driver.dispatch({ type: 'suspend', how, problem: this.#closedProblem(reason) });
  }

  /** Rejects all waiting requests after `suspend`, when no new connection is to come by itself. */
  giveUp(problem: Problem): void {
    this.#driver.dispatch({ type: 'disconnect', problem });
  }

  /** Closes the connection and rejects pending requests. Resolves when no socket and no timer is left. */
  async disconnect(): Promise<void> {
    this.#driver.dispatch({ type: 'disconnect', problem: this.#closedProblem('It was closed by us.') });
    await this.#driver.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.disconnect();
  }

  /** Resolves with the session once ready. Rejects with the problem when paused, exhausted or closed, and when `signal` aborts. */
  whenReady(options: { readonly signal?: AbortSignal } = {}): Promise<Session> {
    const { signal } = options;
    return new Promise((resolve, reject) => {
      const check = () => {
        const refusal = this.#refusal(signal);
        if (refusal === undefined && this.session === undefined) return;
        off();
        signal?.removeEventListener('abort', check);
        if (refusal !== undefined) reject(refusal);
        else if (this.session !== undefined) resolve(this.session);
      };
      const off = this.#emitter.on('transition', check);
      signal?.addEventListener('abort', check);
      check();
    });
  }

  /**
   * Types follow `GatewayMethods`; any other method is `unknown`. Settles exactly once, with a `GatewayError` where it fails.
   * What the gateway lists bounds nothing: OpenClaw answers methods that it leaves out (`sessions.usage`, `web.login.start`).
   */
  request<M extends string>(method: M, params?: MethodParams<M>, options?: RequestOptions): Promise<MethodResult<M>>;
  request(method: string, params?: unknown, options?: RequestOptions): Promise<unknown> {
    return this.#tracer === undefined
      ? this.#peer.request(method, params, options)
      : traceRequest(this.#tracer, method, () => this.#peer.request(method, params, options));
  }

  /** Several requests in one frame where the dialect has batches. Each settles by itself. */
  batch(requests: readonly BatchedRequest[]): Promise<unknown>[] {
    return this.#peer.batch(requests);
  }

  /** @throws GatewayError where it cannot be written now. */
  notify(method: string, params?: unknown): void {
    this.#peer.notify(method, params);
  }

  /** Answers requests of the gateway; without a handler they get -32601. */
  onRequest(method: string, handler: RequestHandler): Unsubscribe {
    return this.#peer.onRequest(method, handler);
  }

  /** Resolves when every request made so far has settled, with a result or an error. */
  whenSettled(): Promise<void> {
    return this.#peer.whenSettled();
  }

  /** Resolves when every socket that we ended is closed (at most 250 ms later). */
  whenGone(): Promise<void> {
    return this.#driver.settled();
  }

  /**
   * Asks the gateway to answer a request, which proves more than an open socket; with `ready: 'open'`, to answer a ping. Resolves
   * with the round trip, ms.
   */
  async probe(options: RequestOptions = {}): Promise<number> {
    const began = this.#clock.now();
    const request = this.#driver.probeRequest(this.session ?? { dialect: 'jsonrpc' });
    try {
      if (request === undefined) await this.#ping(options.timeoutMs);
      else await this.#peer.request(request.method, request.params, options);
    } catch (error) {
      // A gateway without that method has answered all the same.
      if (!(error instanceof GatewayError) || error.outcome !== 'answered') throw error;
    }
    return this.#clock.now() - began;
  }

  /** Sets what is called at every answer of the peer, even an error; `undefined`: nothing. */
  expectAnswer(answered: (() => void) | undefined): void {
    this.#peer.expectAnswer(answered);
  }

  /** Sends a request now (if ready) and again after every reconnect, before anything else. A refusal is an `error` event. */
  subscribe(method: string, params?: unknown): Unsubscribe {
    return this.#resume.subscribe(method, params);
  }

  /** Adds a hook that runs after a gap in the event sequence and after each reconnect, to fetch again what the missed events reported. */
  onResync(hook: ResyncHook): Unsubscribe {
    return this.#resume.onResync(hook);
  }

  on<E extends keyof ConnectionEvents>(event: E, listener: (payload: ConnectionEvents[E]) => void): Unsubscribe {
    return this.#emitter.on(event, listener);
  }

  once<E extends keyof ConnectionEvents>(event: E, listener: (payload: ConnectionEvents[E]) => void): Unsubscribe {
    return this.#emitter.once(event, listener);
  }

  off<E extends keyof ConnectionEvents>(event: E, listener: (payload: ConnectionEvents[E]) => void): void {
    this.#emitter.off(event, listener);
  }

  /** Events as an async iterator: at most 1024 wait, then the oldest is dropped and counted, unless told otherwise. */
  events<E extends keyof ConnectionEvents>(event: E, options?: EventStreamOptions): EventStream<ConnectionEvents[E]> {
    return streamEvents(this.#emitter, event, options);
  }

  /** Round trips lately; absent before the first. Far cheaper than a whole snapshot. */
  latencyMs(): Latency | undefined {
    return this.#peer.latency();
  }

  snapshot(): ConnectionSnapshot {
    return takeSnapshot(this.#clock, this.#driver, this.#peer, this.#resume);
  }

  async #ping(timeoutMs = defaultLimits.timeoutMs): Promise<void> {
    const { promise: overdue, reject } = Promise.withResolvers<never>();
    const cancel = this.#clock.schedule(timeoutMs, () => {
      const facts = { method: 'ping', timeoutMs, sent: true };
      reject(
        new GatewayError(describeProblem('request.timeout', facts, this.#clock.wallTime()), { outcome: 'unknown' }),
      );
    });
    try {
      await Promise.race([this.#driver.ping(), overdue]);
    } finally {
      cancel();
    }
  }

  #handleWake(cause: 'wake' | 'network'): void {
    if (cause === 'wake') this.#peer.resetDeadlines();
    this.#driver.dispatch({ type: 'reconnect', cause });
  }

  #notified(method: string, params: unknown, seq: number | undefined): void {
    if (seq !== undefined) this.#resume.observe(seq);
    this.#driver.readNotice(method, params);
    this.#emitter.emit('notification', seq === undefined ? { method, params } : { method, params, seq });
  }

  #refusal(signal: AbortSignal | undefined): GatewayError | undefined {
    const at = this.#clock.wallTime();
    if (signal?.aborted === true) {
      const problem = describeProblem('aborted', { detail: 'Nobody waits for the connection any more.' }, at);
      return new GatewayError(problem, { cause: signal.reason });
    }
    const { state } = this.#driver;
    if (state.name === 'paused' || state.name === 'exhausted') return new GatewayError(state.last);
    return state.name === 'closed' ? new GatewayError(this.#closedProblem('It is closed.')) : undefined;
  }

  #report(what: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    const problem = describeProblem('internal', { detail: `${what}: ${reason}` }, this.#clock.wallTime());
    this.#emitter.emit('error', error instanceof GatewayError ? error : new GatewayError(problem, { cause: error }));
  }

  #closedProblem(detail: string): Problem {
    return describeProblem('connection.closed', { detail }, this.#clock.wallTime());
  }
}
