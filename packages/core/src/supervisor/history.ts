import type { OutputLine } from '../process/line-level.ts';
import { RingBuffer } from '../util/ring-buffer.ts';
import type { ExitRecord } from './state.ts';

const MAX_LINES = 2_000;
/** Lines may be 16 KiB long: their number alone bounds nothing. */
const MAX_LINE_CHARS = 1_000_000;
const MAX_EXITS = 20;

/** Exits and output lines over all restarts, oldest first, bounded. */
export class SupervisorHistory {
  readonly #exits = new RingBuffer<ExitRecord>(MAX_EXITS);
  #lastExitAt: number | undefined;
  readonly #lines = new RingBuffer<OutputLine>(MAX_LINES, (line) => line.text.length, MAX_LINE_CHARS);

  /** @param at monotonic ms */
  addExit(exit: ExitRecord, at: number): void {
    this.#exits.push(exit);
    this.#lastExitAt = at;
  }

  /** When the last exit was reported, monotonic ms. */
  get lastExitAt(): number | undefined {
    return this.#lastExitAt;
  }

  addLine(line: OutputLine): void {
    this.#lines.push(line);
  }

  get exits(): readonly ExitRecord[] {
    return this.#exits.items();
  }

  get lastExit(): ExitRecord | undefined {
    return this.#exits.items(1)[0];
  }

  lines(limit: number = MAX_LINES): readonly OutputLine[] {
    return this.#lines.items(limit);
  }
}
