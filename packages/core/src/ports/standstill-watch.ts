import { type Cancel, type Clock, type ScheduleOptions, STANDSTILL_MS } from './clock.ts';

/**
 * A clock that notices sleep, by every timer that is set through it: one that comes far too late (the monotonic clock went on
 * meanwhile: Windows, or a program that was stopped), or a wall clock that ran ahead of the monotonic one (which stops with the
 * machine on Linux and macOS). A wall clock that was set by hand looks the same, and costs one probe.
 */
export class StandstillWatch implements Clock {
  readonly #clock: Clock;
  readonly #onStandstill: () => void;
  #monotonic: number;
  #wall: number;

  /** @param onStandstill called before the timer that noticed it. */
  constructor(clock: Clock, onStandstill: () => void) {
    this.#clock = clock;
    this.#onStandstill = onStandstill;
    this.#monotonic = clock.now();
    this.#wall = clock.wallTime();
  }

  now(): number {
    return this.#clock.now();
  }

  wallTime(): number {
    return this.#clock.wallTime();
  }

  schedule(delayMs: number, run: () => void, options?: ScheduleOptions): Cancel {
    const dueAt = this.#clock.now() + delayMs;
    const look = () => {
      if (Math.max(this.#clock.now() - dueAt, this.#gained()) > STANDSTILL_MS) this.#onStandstill();
      run();
    };
    return this.#clock.schedule(delayMs, look, options);
  }

  /** Someone else has told of it: it is not to be noticed again. */
  forget(): void {
    this.#gained();
  }

  /** What the wall clock gained on the monotonic one since the last look. */
  #gained(): number {
    const monotonic = this.#clock.now();
    const wall = this.#clock.wallTime();
    const gained = wall - this.#wall - (monotonic - this.#monotonic);
    this.#monotonic = monotonic;
    this.#wall = wall;
    return gained;
  }
}
