import type { GatewayError, RequestOutcome } from '../errors/gateway-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { Call } from './call.ts';

/** Called for every call that settles. */
export type SettleListener = (method: string, outcome: 'result' | RequestOutcome, tookMs: number) => void;

export interface CallListener {
  /** A listener of progress or of settlements threw. */
  readonly fault: (error: unknown, method: string) => void;
  readonly settled: SettleListener | undefined;
}

/** A caller of `whenSettled`, and the calls that it still waits for. */
interface Waiter {
  readonly calls: Set<Call>;
  readonly done: () => void;
}

/** The one place where the promise of a call is settled. The caller has removed the call from table and queue before. */
export class Settlements {
  readonly #clock: Clock;
  readonly #listener: CallListener;
  readonly #waiters = new Set<Waiter>();

  constructor(clock: Clock, listener: CallListener) {
    this.#clock = clock;
    this.#listener = listener;
  }

  resolve(call: Call, value: unknown): void {
    call.release?.();
    call.resolve(value);
    if (this.#listener.settled !== undefined) this.#report(call, 'result', this.#listener.settled);
    if (this.#waiters.size > 0) this.#notifyWaiters(call);
  }

  reject(call: Call, error: GatewayError): void {
    call.release?.();
    call.reject(error);
    if (this.#listener.settled !== undefined) this.#report(call, error.outcome ?? 'unknown', this.#listener.settled);
    if (this.#waiters.size > 0) this.#notifyWaiters(call);
  }

  progress(call: Call, value: unknown): void {
    try {
      call.onProgress?.(value);
    } catch (error) {
      this.#listener.fault(error, call.method);
    }
  }

  /** Resolves when each of these calls has settled, one way or another. */
  whenSettled(calls: readonly Call[]): Promise<void> {
    if (calls.length === 0) return Promise.resolve();
    return new Promise((done) => this.#waiters.add({ calls: new Set(calls), done }));
  }

  #report({ method, startedAt }: Call, outcome: 'result' | RequestOutcome, settled: SettleListener): void {
    try {
      settled(method, outcome, this.#clock.now() - startedAt);
    } catch (error) {
      this.#listener.fault(error, method);
    }
  }

  #notifyWaiters(call: Call): void {
    for (const waiter of this.#waiters) {
      waiter.calls.delete(call);
      if (waiter.calls.size > 0) continue;
      this.#waiters.delete(waiter);
      waiter.done();
    }
  }
}
