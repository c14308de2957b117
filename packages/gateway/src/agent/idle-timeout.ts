import type { Clock } from '../ports/clock.ts';

/** Aborts a request that stays silent for too long; `timeoutError` then tells so. */
export class IdleTimeout {
  readonly #clock: Clock;
  readonly #abort = new AbortController();
  readonly #outer: AbortSignal;
  readonly #onOuterAbort = (): void => this.#abort.abort();
  #cancel: () => void = () => undefined;
  #expiredAfterMs: number | undefined;

  constructor(clock: Clock, outer: AbortSignal) {
    this.#clock = clock;
    this.#outer = outer;
    outer.addEventListener('abort', this.#onOuterAbort, { once: true });
    if (outer.aborted) this.#abort.abort();
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Something must happen within `withinMs` from now. */
  expect(withinMs: number): void {
    this.#cancel();
    this.#cancel = this.#clock.schedule(withinMs, () => {
      this.#expiredAfterMs = withinMs;
      this.#abort.abort();
    });
  }

  timeoutError(): Error | undefined {
    return this.#expiredAfterMs === undefined
      ? undefined
      : new Error(`The model server said nothing for ${Math.round(this.#expiredAfterMs / 1000)} s.`);
  }

  stop(): void {
    this.#cancel();
    this.#outer.removeEventListener('abort', this.#onOuterAbort);
    this.#abort.abort();
  }
}
