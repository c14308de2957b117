import type { Clock } from '../ports/clock.ts';

/** Notices sleep that the monotonic clock does not count (Linux, macOS): the wall clock then runs ahead of it. */
export class SleepWatch {
  readonly #clock: Clock;
  #monotonic: number;
  #wall: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#monotonic = clock.now();
    this.#wall = clock.wallTime();
  }

  /** How far the wall clock gained since the last look, ms; a clock that was set by hand looks the same, and does no harm. */
  look(): number {
    const monotonic = this.#clock.now();
    const wall = this.#clock.wallTime();
    const gained = wall - this.#wall - (monotonic - this.#monotonic);
    this.#monotonic = monotonic;
    this.#wall = wall;
    return Math.max(0, gained);
  }
}
