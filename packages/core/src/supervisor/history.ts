import type { OutputLine } from '../process/output-line.ts';
import { RingBuffer } from '../util/ring-buffer.ts';
import type { Exit } from './state.ts';

const LINES_KEPT = 2_000;
/** Lines may be 16 KiB long: their number alone bounds nothing. */
const LINE_CHARS_KEPT = 1_000_000;
const EXITS_KEPT = 20;

/** What is remembered over restarts: bounded, oldest first. */
export class History {
  readonly #exits = new RingBuffer<Exit>(EXITS_KEPT);
  readonly #lines = new RingBuffer<OutputLine>(LINES_KEPT, (line) => line.text.length, LINE_CHARS_KEPT);

  noteExit(exit: Exit): void {
    this.#exits.push(exit);
  }

  noteLine(line: OutputLine): void {
    this.#lines.push(line);
  }

  get exits(): readonly Exit[] {
    return this.#exits.items();
  }

  get lastExit(): Exit | undefined {
    return this.#exits.items(1)[0];
  }

  lines(limit: number = LINES_KEPT): readonly OutputLine[] {
    return this.#lines.items(limit);
  }
}
