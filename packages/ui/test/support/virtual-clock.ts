import type { Clock } from '@deskclaw/core/client';

interface Timer {
  readonly due: number;
  readonly run: () => void;
}

/** Time that passes only when a test says so. */
export class VirtualClock implements Clock {
  #now = 0;
  readonly #epoch: number;
  readonly #timers = new Set<Timer>();

  constructor(epoch: number) {
    this.#epoch = epoch;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#epoch + this.#now;
  }

  schedule(delayMs: number, run: () => void): () => void {
    const timer = { due: this.#now + delayMs, run };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Runs what falls due on the way, in order, and what that leads to. */
  async advance(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (;;) {
      await settled();
      const next = [...this.#timers]
        .filter((timer) => timer.due <= end)
        .toSorted((one, other) => one.due - other.due)[0];
      if (next === undefined) break;
      this.#timers.delete(next);
      this.#now = next.due;
      next.run();
    }
    this.#now = end;
    await settled();
  }
}

/** Lets everything that waits on promises alone go on. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
