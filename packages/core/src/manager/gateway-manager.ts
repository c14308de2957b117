import {
  describeProblem,
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
import type { RequestOptions } from '../rpc/options.ts';
import type { RequestHandler } from '../rpc/serving.ts';
import type { HandedOverProcess } from '../supervisor/ownership-records.ts';
import { checkOptions } from './check-options.ts';
import type { ManagerEvents } from './events.ts';
import { createParts, type ManagerParts } from './manager-parts.ts';
import { isAttached } from './manager-state.ts';
import type { GatewayManagerOptions } from './options.ts';
import { type ManagerPorts, nodeManagerPorts } from './ports.ts';
import { type WaitOptions, waitForState } from './wait-for.ts';

/**
 * Keeps one gateway running and reachable: starts or attaches to it, restarts it when it dies, reconnects when the
 * connection is lost, and reports the current status at any time. Everything it starts ends with `stop()`.
 */
export class GatewayManager implements AsyncDisposable {
  readonly #parts: ManagerParts;

  /**
   * @param ports the machine to work on. Default: this one; tests pass a simulated one.
   * @throws GatewayError `config.invalid` naming the option that does not fit.
   */
  constructor(options: GatewayManagerOptions = {}, ports?: ManagerPorts) {
    checkOptions(options);
    this.#parts = createParts(options, ports ?? nodeManagerPorts(options));
  }

  /**
   * Resolves when the state is `running`; joins a start under way, and makes the next attempt at once while reconnecting.
   * @throws GatewayError why it did not come to that; `aborted` where `stop()` came first.
   */
  start(): Promise<LifecycleResult> {
    return this.#parts.operations.request({ kind: 'start' });
  }

  /** Resolves when every process of the tree is gone and its port free; an attached gateway is only let go of. `force` skips all waiting. */
  stop(options: { readonly force?: boolean } = {}): Promise<LifecycleResult> {
    return this.#parts.operations.request({ kind: 'stop', ...options });
  }

  /** Resolves when the new process is running. @throws GatewayError as `start` does, and `gateway.not-owned` for an attached gateway. */
  restart(options: { readonly force?: boolean } = {}): Promise<LifecycleResult> {
    if (isAttached(this.#parts.state, this.#parts.connection.state)) {
      const detail = 'Somebody else started this gateway, so it is not restarted from here.';
      const problem = describeProblem('gateway.not-owned', { detail }, this.#parts.ports.clock.wallTime());
      return Promise.reject(new GatewayError(problem));
    }
    return this.#parts.operations.request({ kind: 'restart', ...options });
  }

  /**
   * Leaves the gateway to another process, which goes on with it by its ownership file; nothing is ended, and this manager is
   * of no more use. `undefined`: there is none that runs and is ours, and nothing has changed.
   */
  leave(): HandedOverProcess | undefined {
    const left = this.#parts.supervisor.handOver();
    if (left === undefined) return undefined;
    this.#dispose();
    void this.#parts.connection.disconnect();
    return left;
  }

  getStatus(): GatewayStatus {
    return this.#parts.status.read();
  }

  isConnected(): boolean {
    return this.#parts.connection.state.name === 'ready';
  }

  /** What the gateway said it offers; absent where it is not connected or says nothing. */
  offers(): { readonly methods?: readonly string[]; readonly events?: readonly string[] } | undefined {
    const { state } = this.#parts.connection;
    return state.name === 'ready' ? state.session : undefined;
  }

  /**
   * Asks the gateway. The third argument may be a number: the timeout in ms.
   * @throws GatewayError with `outcome`: whether it was sent, answered, or whether nobody can know.
   */
  rpc<M extends string>(
    method: M,
    params?: MethodParams<M>,
    options?: RequestOptions | number,
  ): Promise<MethodResult<M>>;
  rpc(method: string, params?: unknown, options?: RequestOptions | number): Promise<unknown> {
    return this.#parts.gatewayEvents.request(
      method,
      params,
      typeof options === 'number' ? { timeoutMs: options } : options,
    );
  }

  /** @throws GatewayError where it cannot be sent now: nothing is kept for later. */
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

  /** Answers requests of the gateway; those without a handler get -32601. */
  onRequest(method: string, handler: RequestHandler): Unsubscribe {
    return this.#parts.connection.onRequest(method, handler);
  }

  on<E extends keyof ManagerEvents>(event: E, listener: (payload: ManagerEvents[E]) => void): Unsubscribe {
    return this.#parts.events.on(event, listener);
  }

  once<E extends keyof ManagerEvents>(event: E, listener: (payload: ManagerEvents[E]) => void): Unsubscribe {
    return this.#parts.events.once(event, listener);
  }

  off<E extends keyof ManagerEvents>(event: E, listener: (payload: ManagerEvents[E]) => void): void {
    this.#parts.events.off(event, listener);
  }

  /** Everything of one kind, in order, until `signal` aborts. Unread ones wait up to `capacity` (1024); then the oldest go, and are counted. */
  events<E extends keyof ManagerEvents>(event: E, options?: EventStreamOptions): EventStream<ManagerEvents[E]> {
    return streamEvents(this.#parts.events, event, options);
  }

  /** @throws GatewayError `request.timeout` or `request.cancelled`. */
  waitFor(state: GatewayState, options: WaitOptions = {}): Promise<GatewayStatus> {
    const deps = { clock: this.#parts.ports.clock, events: this.#parts.events, read: () => this.getStatus() };
    return waitForState(deps, state, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#dispose();
  }

  #dispose(): void {
    this.#parts.liveness.stop();
    this.#parts.gatewayEvents.close();
  }
}
