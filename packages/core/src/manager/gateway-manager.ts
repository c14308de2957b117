/// <reference lib="esnext.disposable" preserve="true" />
import {
  describeProblem,
  type GatewayMetrics,
  type GatewayState,
  type GatewayStatus,
  type HealthReport,
  type LifecycleResult,
  type MethodParams,
  type MethodResult,
} from '@deskclaw/protocol';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Unsubscribe } from '../events/emitter.ts';
import { type EventStream, type EventStreamOptions, streamEvents } from '../events/event-stream.ts';
import { type Tracer, traceLifecycle } from '../ports/tracer.ts';
import type { RequestOptions } from '../rpc/options.ts';
import type { RequestHandler } from '../rpc/serving.ts';
import type { HandedOverProcess } from '../supervisor/ownership-records.ts';
import { checkOptions } from './check-options.ts';
import type { ManagerEvents, ManagerStatus } from './events.ts';
import type { EndOptions } from './lifecycle-request.ts';
import { createParts, type ManagerParts } from './manager-parts.ts';
import { isAttached } from './manager-state.ts';
import { readMetrics } from './metrics.ts';
import type { GatewayManagerOptions } from './options.ts';
import { refuseEmitterMethods, unchainable } from './original-names.ts';
import { type ManagerPorts, nodeManagerPorts } from './ports.ts';
import { type WaitOptions, waitForState } from './wait-for.ts';

/**
 * Keeps one gateway running and reachable: starts or attaches to it, restarts it when it dies, reconnects when the
 * connection is lost, and reports the current status at any time. Everything it starts ends with `stop()`.
 */
export class GatewayManager implements AsyncDisposable {
  readonly #parts: ManagerParts;
  readonly #tracer: Tracer | undefined;

  /**
   * @param ports the machine to work on. Default: this one; tests pass a simulated one.
   * @throws GatewayError `config.invalid` naming the option that does not fit.
   */
  constructor(options: GatewayManagerOptions = {}, ports?: ManagerPorts) {
    checkOptions(options);
    this.#tracer = options.tracer;
    this.#parts = createParts(options, ports ?? nodeManagerPorts(options));
  }

  /**
   * Resolves when the state is `running`. Joins a start under way; while reconnecting, makes the next attempt at once.
   * @throws GatewayError why the gateway is not running; `aborted` where `stop()` came first.
   */
  start(): Promise<LifecycleResult> {
    return this.#operate({ kind: 'start' });
  }

  /** Resolves when every process of the tree is gone and its port free; an attached gateway is only disconnected from. `force` skips all waiting. */
  stop(options: EndOptions = {}): Promise<LifecycleResult> {
    return this.#operate({ kind: 'stop', ...options });
  }

  /** Resolves when the new process is running. @throws GatewayError as `start` does, and `gateway.not-owned` for an attached gateway. */
  restart(options: EndOptions = {}): Promise<LifecycleResult> {
    if (isAttached(this.#parts.state, this.#parts.connection.state)) {
      const detail = 'Somebody else started this gateway, so it is not restarted from here.';
      const problem = describeProblem('gateway.not-owned', { detail }, this.#parts.ports.clock.wallTime());
      return Promise.reject(new GatewayError(problem));
    }
    return this.#operate({ kind: 'restart', ...options });
  }

  /**
   * Hands our running gateway over to another process, which adopts it by its ownership record. Ends nothing; this manager must
   * not be used afterwards. Needs `keepRunning`: without it the gateway ends with this process all the same. Returns `undefined`, without any change, where no gateway of ours runs.
   */
  handOver(): HandedOverProcess | undefined {
    const left = this.#parts.supervisor.handOver();
    if (left === undefined) return undefined;
    this.#dispose();
    void this.#parts.connection.disconnect();
    return left;
  }

  /** Whether a process runs inside our gateway, e.g. a command that its agent started. */
  ownsProcess(pid: number): boolean {
    return this.#parts.supervisor.owns(pid);
  }

  getStatus(): ManagerStatus {
    return this.#parts.status.read();
  }

  /** Returns what is counted and measured, from the creation of this manager on. */
  getMetrics(): GatewayMetrics {
    return readMetrics(this.#parts);
  }

  isConnected(): boolean {
    return this.#parts.connection.state.name === 'ready';
  }

  /** Returns the methods and events the gateway advertises; `undefined` without a connection. */
  offers(): { readonly methods?: readonly string[]; readonly events?: readonly string[] } | undefined {
    return this.#parts.connection.session;
  }

  /**
   * Sends a request to the gateway. A number as the third argument is the timeout in ms.
   * @throws GatewayError with `outcome`: `not-sent`, `answered` or `unknown`.
   */
  rpc<M extends string>(
    method: M,
    params?: MethodParams<M>,
    options?: RequestOptions | number,
  ): Promise<MethodResult<M>>;
  async rpc(method: string, params?: unknown, options?: RequestOptions | number): Promise<unknown> {
    const { connection, relay } = this.#parts;
    const requestOptions = typeof options === 'number' ? { timeoutMs: options } : options;
    const answer = await connection.request<string>(method, params, requestOptions);
    if (method === 'chat.send') relay.noteSent(params, answer);
    return answer;
  }

  /** Sends a notification. @throws GatewayError where it cannot be sent now: notifications are not queued. */
  notify(method: string, params?: unknown): void {
    this.#parts.connection.notify(method, params);
  }

  checkHealth(): Promise<HealthReport> {
    return this.#parts.checkHealth();
  }

  /** Skips the wait for the next attempt. */
  reconnectNow(): void {
    this.#parts.connection.reconnectNow();
  }

  /** Registers a handler for requests of the gateway; requests without a handler get -32601. */
  onRequest(method: string, handler: RequestHandler): Unsubscribe {
    return this.#parts.connection.onRequest(method, handler);
  }

  /** Returns a function that removes the listener again. */
  on<E extends keyof ManagerEvents>(event: E, listener: (payload: ManagerEvents[E]) => void): Unsubscribe {
    return unchainable(this.#parts.events.on(event, listener));
  }

  /** Returns a function that removes the listener again. */
  once<E extends keyof ManagerEvents>(event: E, listener: (payload: ManagerEvents[E]) => void): Unsubscribe {
    return unchainable(this.#parts.events.once(event, listener));
  }

  /** The same as `on`, under its name in Node's `EventEmitter`. */
  addListener<E extends keyof ManagerEvents>(event: E, listener: (payload: ManagerEvents[E]) => void): Unsubscribe {
    return this.on(event, listener);
  }

  /** The same as `off`, under its name in Node's `EventEmitter`. */
  removeListener<E extends keyof ManagerEvents>(event: E, listener: (payload: ManagerEvents[E]) => void): void {
    this.off(event, listener);
  }

  off<E extends keyof ManagerEvents>(event: E, listener: (payload: ManagerEvents[E]) => void): void {
    this.#parts.events.off(event, listener);
  }

  /** Streams all events of one kind, in order, until `signal` aborts. Up to `capacity` (1024) unread events wait; then the oldest are dropped, and counted. */
  events<E extends keyof ManagerEvents>(event: E, options?: EventStreamOptions): EventStream<ManagerEvents[E]> {
    return streamEvents(this.#parts.events, event, options);
  }

  /** Resolves with the first status in this state. @throws GatewayError `request.timeout` or `request.cancelled`. */
  waitFor(state: GatewayState, options: WaitOptions = {}): Promise<GatewayStatus> {
    const deps = { clock: this.#parts.ports.clock, events: this.#parts.events, read: () => this.getStatus() };
    return waitForState(deps, state, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#dispose();
  }

  #operate(request: Parameters<ManagerParts['operations']['request']>[0]): Promise<LifecycleResult> {
    return traceLifecycle(this.#tracer, request.kind, () => this.#parts.operations.request(request));
  }

  #dispose(): void {
    this.#parts.liveness.stop();
    this.#parts.relay.clear();
  }
}

refuseEmitterMethods(GatewayManager.prototype);
