import type { Clock } from '../ports/clock.ts';
import type { Call } from './call.ts';
import type { GatewayError, RequestOutcome } from './gateway-error.ts';

/** Told of every call that settles. */
export type SettleWatch = (method: string, outcome: 'result' | RequestOutcome, tookMs: number) => void;

/** Calls somebody waits to see settled, whatever comes of them. */
interface Awaited {
  readonly calls: Set<Call>;
  readonly done: () => void;
}

/** The one place where a call's promise is settled. Whoever comes here has taken the call out of table and queue before. */
export class Settler {
  readonly #clock: Clock;
  readonly #watch: SettleWatch | undefined;
  readonly #awaited = new Set<Awaited>();

  constructor(clock: Clock, watch: SettleWatch | undefined) {
    this.#clock = clock;
    this.#watch = watch;
  }

  resolve(call: Call, value: unknown): void {
    call.release?.();
    this.#watch?.(call.method, 'result', this.#clock.now() - call.startedAt);
    call.resolve(value);
    this.#tick(call);
  }

  reject(call: Call, error: GatewayError): void {
    call.release?.();
    this.#watch?.(call.method, error.outcome ?? 'unknown', this.#clock.now() - call.startedAt);
    call.reject(error);
    this.#tick(call);
  }

  /** Resolves when each of these has been settled. */
  settled(calls: readonly Call[]): Promise<void> {
    if (calls.length === 0) return Promise.resolve();
    return new Promise((done) => this.#awaited.add({ calls: new Set(calls), done }));
  }

  #tick(call: Call): void {
    for (const awaited of this.#awaited) {
      awaited.calls.delete(call);
      if (awaited.calls.size > 0) continue;
      this.#awaited.delete(awaited);
      awaited.done();
    }
  }
}
