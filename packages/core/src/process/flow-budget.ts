/** A burst as large as a long start-up log passes whole; what lasts is held to what a person or a log file can use. */
const BURST_BYTES = 1024 * 1024;
const BYTES_PER_MS = 256;
const BURST_LINES = 4_000;
/** Showing and storing a line costs some 50 us: a thousand a second are 5 % of a core. */
const LINES_PER_MS = 1;
/** Skipping ends only with a useful amount in hand, else a flood would be told as a thousand tiny pieces. */
const RESUME_SHARE = 0.25;

/** A token bucket over bytes and lines: how much of a child's output is worth looking at. Times are monotonic ms. */
export class FlowBudget {
  #bytes = BURST_BYTES;
  #lines = BURST_LINES;
  #at: number;

  constructor(now: number) {
    this.#at = now;
  }

  refill(now: number): void {
    const elapsed = Math.max(0, now - this.#at);
    this.#at = now;
    this.#bytes = Math.min(BURST_BYTES, this.#bytes + elapsed * BYTES_PER_MS);
    this.#lines = Math.min(BURST_LINES, this.#lines + elapsed * LINES_PER_MS);
  }

  spendBytes(bytes: number): void {
    this.#bytes -= bytes;
  }

  /** Spends one line. Returns `false` if it was the last one for now. */
  spendLine(): boolean {
    this.#lines -= 1;
    return this.#lines > 0;
  }

  isOpen(): boolean {
    return this.#bytes > 0 && this.#lines > 0;
  }

  mayResume(): boolean {
    return this.#bytes >= BURST_BYTES * RESUME_SHARE && this.#lines >= BURST_LINES * RESUME_SHARE;
  }
}
