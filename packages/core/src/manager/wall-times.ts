import type { Clock } from '../ports/clock.ts';

/** A status names the next retry, the respawn and the connection's beginning: never more than a few moments at once. */
const CACHE_SIZE = 8;

/**
 * Epoch times for monotonic ones. A moment keeps the epoch it was first given: the two clocks drift, and a past moment
 * that wanders by a millisecond would be news each time a status is read.
 */
export class WallTimes {
  readonly #clock: Clock;
  readonly #cache = new Map<number, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whole ms since the epoch. */
  of(at: number): number {
    const known = this.#cache.get(at);
    if (known !== undefined) return known;
    const epoch = Math.round(at + this.#clock.wallTime() - this.#clock.now());
    this.#cache.set(at, epoch);
    const [oldest] = this.#cache.keys();
    if (oldest !== undefined && this.#cache.size > CACHE_SIZE) this.#cache.delete(oldest);
    return epoch;
  }
}
