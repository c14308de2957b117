import type { GatewayError, RequestOutcome } from '../errors/gateway-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Call } from './call.ts';

/** Told of every call that settles. */
export type SettleWatch = (method: string, outcome: 'result' | RequestOutcome, tookMs: number) => void;

export interface CallWatch {
  /** A listener of progress or of settlements threw. */
  readonly fault: (error: unknown, method: string) => void;
  readonly settled: SettleWatch | undefined;
}

/** Calls somebody waits to see settled, whatever comes of them. */
interface Awaited {
  readonly calls: Set<Call>;
  readonly done: () => void;
}

/** The one place where a call's promise is settled. Whoever comes here has taken the call out of table and queue before. */
export class Settler {
  readonly #clock: Clock;
  readonly #watch: CallWatch;
  readonly #awaited = new Set<Awaited>();

  constructor(clock: Clock, watch: CallWatch) {
    this.#clock = clock;
    this.#watch = watch;
  }

  resolve(call: Call, value: unknown): void {
    call.release?.();
    call.resolve(value);
    if (this.#watch.settled !== undefined) this.#tell(call, 'result', this.#watch.settled);
    if (this.#awaited.size > 0) this.#tick(call);
  }

  reject(call: Call, error: GatewayError): void {
    call.release?.();
    call.reject(error);
    if (this.#watch.settled !== undefined) this.#tell(call, error.outcome ?? 'unknown', this.#watch.settled);
    if (this.#awaited.size > 0) this.#tick(call);
  }

  /** Resolves when each of these has been settled. */
  settled(calls: readonly Call[]): Promise<void> {
    if (calls.length === 0) return Promise.resolve();
    return new Promise((done) => this.#awaited.add({ calls: new Set(calls), done }));
  }

  #tell({ method, startedAt }: Call, outcome: 'result' | RequestOutcome, settled: SettleWatch): void {
    try {
      settled(method, outcome, this.#clock.now() - startedAt);
    } catch (error) {
      this.#watch.fault(error, method);
    }
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
