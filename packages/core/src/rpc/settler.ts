import type { Clock } from '../ports/clock.ts';
import type { Call } from './call.ts';
import type { GatewayError, RequestOutcome } from './gateway-error.ts';

/** Told of every call that settles. */
export type SettleWatch = (method: string, outcome: 'result' | RequestOutcome, tookMs: number) => void;

/** The one place where a call's promise is settled. Whoever comes here has taken the call out of table and queue before. */
export class Settler {
  readonly #clock: Clock;
  readonly #watch: SettleWatch | undefined;

  constructor(clock: Clock, watch: SettleWatch | undefined) {
    this.#clock = clock;
    this.#watch = watch;
  }

  resolve(call: Call, value: unknown): void {
    call.release?.();
    this.#watch?.(call.method, 'result', this.#clock.now() - call.startedAt);
    call.resolve(value);
  }

  reject(call: Call, error: GatewayError): void {
    call.release?.();
    this.#watch?.(call.method, error.outcome ?? 'unknown', this.#clock.now() - call.startedAt);
    call.reject(error);
  }
}
