import type { Clock } from '../ports/clock.ts';

/** A wall clock that moved this much against the monotonic clock was set; less is drift. */
const JUMP_MS = 500;

/**
 * Converts monotonic times to epoch times. A time keeps its epoch although the two clocks drift apart: a past time that moves by a
 * millisecond would make every status differ from the one before. When the wall clock is set, all times move with it, so that their
 * ages stay what they are.
 */
export class WallTimes {
  readonly #clock: Pick<Clock, 'now' | 'wallTime'>;
  #offset: number;

  constructor(clock: Pick<Clock, 'now' | 'wallTime'>) {
    this.#clock = clock;
    this.#offset = clock.wallTime() - clock.now();
  }

  /** Returns whole ms since the epoch. */
  of(at: number): number {
    const offset = this.#clock.wallTime() - this.#clock.now();
    if (Math.abs(offset - this.#offset) > JUMP_MS) this.#offset = offset;
    return Math.round(at + this.#offset);
  }
}

/** Returns the clock with whole milliseconds as its wall time: what is stored and sent are integers. */
export function withWholeMilliseconds(clock: Clock): Clock {
  return {
    now: () => clock.now(),
    wallTime: () => Math.round(clock.wallTime()),
    schedule: (delayMs, run, options) => clock.schedule(delayMs, run, options),
  };
}
