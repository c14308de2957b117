import { type Cancel, type Clock, type ScheduleOptions, SLEEP_THRESHOLD_MS } from './clock.ts';

/**
 * A clock that notices sleep, by every timer that is set through it: one that comes far too late (the monotonic clock went on
 * meanwhile: Windows, or a program that was stopped), or a wall clock that ran ahead of the monotonic one (which stops with the
 * machine on Linux and macOS). A wall clock that was set by hand looks the same, and costs one probe.
 */
export class SleepDetector implements Clock {
  readonly #clock: Clock;
  readonly #onSleep: () => void;
  #monotonic: number;
  #wall: number;

  /** @param onSleep called before the timer that noticed it. */
  constructor(clock: Clock, onSleep: () => void) {
    this.#clock = clock;
    this.#onSleep = onSleep;
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
    const check = () => {
      if (Math.max(this.#clock.now() - dueAt, this.#wallClockGain()) > SLEEP_THRESHOLD_MS) this.#onSleep();
      run();
    };
    return this.#clock.schedule(delayMs, check, options);
  }

  /** Marks the last sleep as known, so that it is not reported again. */
  acknowledge(): void {
    this.#wallClockGain();
  }

  /** Returns how much the wall clock gained on the monotonic clock since the last call, ms. */
  #wallClockGain(): number {
    const monotonic = this.#clock.now();
    const wall = this.#clock.wallTime();
    const gained = wall - this.#wall - (monotonic - this.#monotonic);
    this.#monotonic = monotonic;
    this.#wall = wall;
    return gained;
  }
}
