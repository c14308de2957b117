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
import { Emitter, type Unsubscribe } from '../events/emitter.ts';
import { type EventStream, type EventStreamOptions, streamEvents } from '../events/event-stream.ts';
import type { RequestOptions } from '../rpc/options.ts';
import type { RequestHandler } from '../rpc/serving.ts';
import type { HandedOverProcess } from '../supervisor/hand-over.ts';
import { checkOptions } from './check-options.ts';
import { Engine } from './engine.ts';
import type { ManagerEvents } from './events.ts';
import type { GatewayManagerOptions } from './options.ts';
import { type ManagerPorts, nodeManagerPorts } from './ports.ts';

export interface WaitOptions {
  /** ms. Default: as long as it takes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/**
 * Keeps one gateway running and reachable: starts or attaches to it, brings it back when it dies, reconnects when the
 * connection is lost, and says at any time what is true. Everything it starts ends with `stop()`.
 */
export class GatewayManager implements AsyncDisposable {
  readonly #engine: Engine;
  readonly #events: Emitter<ManagerEvents>;
  readonly #ports: ManagerPorts;

  /**
   * @param ports the machine it works on. Default: this one; a simulated one where everything is to be seen and steered.
   * @throws GatewayError `config.invalid` naming the option that does not fit.
   */
  constructor(options: GatewayManagerOptions = {}, ports?: ManagerPorts) {
    checkOptions(options);
    this.#ports = ports ?? nodeManagerPorts(options);
    this.#events = new Emitter<ManagerEvents>((error, event) => {
      this.#ports.logger.log(
        'error',
        `A listener of "${String(event)}" threw: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    this.#engine = new Engine(options, this.#ports, this.#events);
  }

  /**
   * Resolves when the state is `running`; joins a start under way, and makes the next attempt at once while reconnecting.
   * @throws GatewayError why it did not come to that; `aborted` where `stop()` came first.
   */
  start(): Promise<LifecycleResult> {
    return this.#engine.lifecycle.request('start');
  }

  /** Resolves when every process of the tree is gone and its port free; an attached gateway is only let go of. `force` skips all waiting. */
  stop(options: { readonly force?: boolean } = {}): Promise<LifecycleResult> {
    return this.#engine.lifecycle.request('stop', options);
  }

  /** Resolves when the new process is running. @throws GatewayError as `start` does, and `gateway.not-owned` for an attached gateway. */
  restart(options: { readonly force?: boolean } = {}): Promise<LifecycleResult> {
    return this.#engine.lifecycle.request('restart', options);
  }

  /**
   * Leaves the gateway to another process, which goes on with it by its ownership file; nothing is ended, and this manager is
   * of no more use. `undefined`: there is none that runs and is ours, and nothing has changed.
   */
  leave(): HandedOverProcess | undefined {
    return this.#engine.leave();
  }

  getStatus(): GatewayStatus {
    return this.#engine.status();
  }

  isConnected(): boolean {
    return this.#engine.connection.state.name === 'ready';
  }

  /** What the gateway said it offers; absent where it is not connected or says nothing. */
  offers(): { readonly methods?: readonly string[]; readonly events?: readonly string[] } | undefined {
    const { state } = this.#engine.connection;
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
    return this.#engine.voice.request(method, params, typeof options === 'number' ? { timeoutMs: options } : options);
  }

  /** @throws GatewayError where it cannot be sent now: nothing is kept for later. */
  notify(method: string, params?: unknown): void {
    this.#engine.connection.notify(method, params);
  }

  checkHealth(): Promise<HealthReport> {
    return this.#engine.checkHealth();
  }

  /** Skips the wait for the next attempt. */
  reconnectNow(): void {
    this.#engine.connection.reconnectNow();
  }

  /** Answers requests of the gateway; those without a handler get -32601. */
  onRequest(method: string, handler: RequestHandler): Unsubscribe {
    return this.#engine.connection.onRequest(method, handler);
  }

  on<E extends keyof ManagerEvents>(event: E, listener: (payload: ManagerEvents[E]) => void): Unsubscribe {
    return this.#events.on(event, listener);
  }

  once<E extends keyof ManagerEvents>(event: E, listener: (payload: ManagerEvents[E]) => void): Unsubscribe {
    return this.#events.once(event, listener);
  }

  off<E extends keyof ManagerEvents>(event: E, listener: (payload: ManagerEvents[E]) => void): void {
    this.#events.off(event, listener);
  }

  /** Everything of one kind, in order, until `signal` aborts. Unread ones wait up to `capacity` (1024); then the oldest go, and are counted. */
  events<E extends keyof ManagerEvents>(event: E, options?: EventStreamOptions): EventStream<ManagerEvents[E]> {
    return streamEvents(this.#events, event, options);
  }

  /** @throws GatewayError `request.timeout` or `request.cancelled`. */
  waitFor(state: GatewayState, options: WaitOptions = {}): Promise<GatewayStatus> {
    return new Promise((resolve, reject) => {
      const now = this.getStatus();
      if (now.state === state) return resolve(now);
      const { timeoutMs, signal } = options;
      const finish = (settle: () => void) => {
        off();
        cancel?.();
        signal?.removeEventListener('abort', abort);
        settle();
      };
      const fail = (code: 'request.timeout' | 'request.cancelled') => {
        const at = this.#ports.clock.wallTime();
        const method = `wait for ${state}`;
        const problem =
          code === 'request.timeout'
            ? describeProblem(code, { method, timeoutMs: timeoutMs ?? 0, sent: false }, at)
            : describeProblem(code, { method }, at);
        finish(() => reject(new GatewayError(problem)));
      };
      const abort = () => fail('request.cancelled');
      const off = this.#events.on('status', (status) => {
        if (status.state === state) finish(() => resolve(status));
      });
      const cancel =
        timeoutMs === undefined ? undefined : this.#ports.clock.schedule(timeoutMs, () => fail('request.timeout'));
      signal?.addEventListener('abort', abort);
      if (signal?.aborted === true) abort();
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#engine.dispose();
  }
}
