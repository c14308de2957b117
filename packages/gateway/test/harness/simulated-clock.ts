import type { Cancel, Clock } from '../../src/index.ts';

interface Timer {
  readonly at: number;
  readonly run: () => void;
}

/** Clock that only a test advances. */
export class SimulatedClock implements Clock {
  #now = 0;
  #wall: number;
  #timers: Timer[] = [];

  constructor(wall: number) {
    this.#wall = wall;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#wall;
  }

  schedule(delayMs: number, run: () => void): Cancel {
    const timer = { at: this.#now + delayMs, run };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  }

  get pending(): number {
    return this.#timers.length;
  }

  /** Runs every timer that comes due, in order, letting promises settle between them. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    while (true) {
      await settle();
      const next = this.#timers.reduce<Timer | undefined>(
        (first, timer) => (timer.at <= end && (first === undefined || timer.at < first.at) ? timer : first),
        undefined,
      );
      if (next === undefined) break;
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.#move(next.at);
      next.run();
    }
    this.#move(end);
    await settle();
  }

  /** The clock on the wall is set; the time that passes is not touched. */
  setWall(wall: number): void {
    this.#wall = wall;
  }

  #move(to: number): void {
    this.#wall += to - this.#now;
    this.#now = to;
  }
}

/** Lets every promise that can settle now do so, imports of modules included. */
export async function settle(): Promise<void> {
  for (let round = 0; round < 10; round += 1) await new Promise((resolve) => setImmediate(resolve));
}
