const WINDOW = 256;

export interface Latency {
  readonly last: number;
  readonly p50: number;
  readonly p95: number;
}

/** Round trips of the newest requests, ms. One request at a time is measured, so that a clock is not read for every reply. */
export class LatencyWindow {
  readonly #samples: number[] = [];
  #next = 0;
  #last = 0;

  record(ms: number): void {
    this.#last = ms;
    this.#samples[this.#next] = ms;
    this.#next = (this.#next + 1) % WINDOW;
  }

  summary(): Latency | undefined {
    if (this.#samples.length === 0) return undefined;
    const sorted = this.#samples.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? this.#last;
    return { last: this.#last, p50: at(0.5), p95: at(0.95) };
  }
}
