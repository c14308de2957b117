import { nodeClock } from '@deskclaw/core';

const MAX_LINES = 2_000;

/** Bounded log of the run, in ms since its beginning; printed with a failure. */
export class Trace {
  readonly #startedAt = nodeClock.now();
  #lines: string[] = [];

  get elapsedMs(): number {
    return nodeClock.now() - this.#startedAt;
  }

  note(text: string): void {
    this.#lines.push(`${this.elapsedMs.toFixed(0).padStart(7)}  ${text}`);
    if (this.#lines.length > 2 * MAX_LINES) this.#lines = this.#lines.slice(-MAX_LINES);
  }

  newest(count: number): readonly string[] {
    return this.#lines.slice(-count);
  }
}
