import type { LastOutput } from '@deskclaw/protocol';
import { RingBuffer } from '../util/ring-buffer.ts';
import type { OutputLine } from './line-level.ts';
import { continues } from './line-level.ts';

const MAX_LINES = 40;
const REPORT_LINES = 10;
const FAILURE_LINES = 8;
/** A card is read by a person; a line of 16 KiB is for the log. */
const REPORT_LINE_CHARS = 500;

function shorten(text: string): string {
  return text.length <= REPORT_LINE_CHARS ? text : `${text.slice(0, REPORT_LINE_CHARS)}…`;
}

/** Lines of boxes, rules and stack frames tell nothing by themselves. */
const boxes = /^[\s\u2500-\u259f|+=*#_~-]+|[\s\u2500-\u259f|+=*#_~-]+$/g;
const stackFrame = /^\s*(?:at\s.+:\d+|at async\s|File ".*", line \d+|\^+\s*$|Node\.js v\d)/;

/** Returns the words of a line; empty for a line without any. */
function wordsOf(text: string): string {
  if (stackFrame.test(text)) return '';
  const words = text.replace(boxes, '');
  return /\p{L}{2}/u.test(words) ? shorten(words) : '';
}

/** Output of one process for a failure report: the last lines and the first error. */
export class Transcript {
  readonly #stderr = new RingBuffer<string>(MAX_LINES);
  readonly #stdout = new RingBuffer<string>(MAX_LINES);
  #firstFailure: string[] = [];
  #following = false;
  #lines = 0;
  #lastWords = '';
  #lastError: { readonly words: string; readonly line: number } | undefined;

  add(line: OutputLine): void {
    const words = wordsOf(line.text);
    // Frames, and the properties that Node prints below an error, say less than the line above them.
    if (words !== '' && (this.#lastWords === '' || !continues(line.text))) {
      this.#lines += 1;
      this.#lastWords = words;
      if (line.level === 'error' && !continues(line.text)) this.#lastError = { words, line: this.#lines };
    }
    (line.stream === 'stderr' ? this.#stderr : this.#stdout).push(line.text);
    if (this.#following) {
      this.#following = continues(line.text) && this.#firstFailure.length < FAILURE_LINES;
      if (this.#following) this.#firstFailure.push(line.text);
    } else if (this.#firstFailure.length === 0 && line.level === 'error') {
      this.#firstFailure.push(line.text);
      this.#following = true;
    }
  }

  /** The first line of level `error` with the lines that continue it; what came later is mostly its consequence. */
  get firstFailure(): readonly string[] {
    return this.#firstFailure.map(shorten);
  }

  /**
   * For the failure card: the last lines of stderr, of stdout where stderr was silent. Where the first failure
   * has scrolled out of them, it stands in front.
   */
  lastLines(): readonly string[] {
    const errors = this.#stderr.items(REPORT_LINES);
    const lines = errors.length > 0 ? errors : this.#stdout.items(REPORT_LINES);
    const [failure] = this.#firstFailure;
    return (failure === undefined || lines.includes(failure) ? lines : [failure, '…', ...lines]).map(shorten);
  }

  /** The last error, if it is among the newest lines with words. */
  get lastError(): string | undefined {
    const error = this.#lastError;
    return error !== undefined && this.#lines - error.line < REPORT_LINES ? error.words : undefined;
  }

  /** The last error if that is among the newest lines, or the last line with words; empty if there is neither. */
  get lastMeaningfulLine(): string {
    return this.lastError ?? this.#lastWords;
  }

  /** Everything that may tell why it died, newest last. */
  evidence(): readonly string[] {
    return [...this.#firstFailure, ...this.#stdout.items(), ...this.#stderr.items()];
  }
}

/** Returns the last meaningful output of a process. @param unfinished a line without an end, not redacted yet */
export function lastOutputOf(
  unfinished: string,
  transcript: Transcript,
  redact: (text: string) => string = (text) => text,
): LastOutput | undefined {
  const waiting = wordsOf(unfinished);
  if (waiting !== '') return { text: redact(waiting), waits: true };
  const text = transcript.lastMeaningfulLine;
  return text === '' ? undefined : { text };
}
