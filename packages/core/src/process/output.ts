import type { LogLevel } from '@deskclaw/protocol';
import type { Cancel, Clock } from '../ports/clock.ts';
import { FlowBudget } from './flow-budget.ts';
import type { OutputLine, OutputStream } from './line-level.ts';
import { levelOf } from './line-level.ts';
import { LineSplitter } from './line-splitter.ts';

const streams = ['stdout', 'stderr'] as const satisfies readonly OutputStream[];
export interface OutputCounts {
  readonly bytes: number;
  readonly lines: number;
  /** Bytes read and thrown away because they came faster than they can be shown. */
  readonly droppedBytes: number;
}

const MAX_LINE_BYTES = 16 * 1024;
/** Bytes kept of a skipped stretch: its newest lines, which explain an exit that follows. */
const TAIL_BYTES = 4 * 1024;
/** Time after the last chunk of a flood until its mark and last lines are emitted. */
const SETTLE_MS = 500;

/** Each stream has its own budget: a flood on stdout must not cost us the error on stderr. */
interface Flow {
  readonly splitter: LineSplitter;
  readonly budget: FlowBudget;
  lastLevel: LogLevel | undefined;
  skippedBytes: number;
  /** The newest of the skipped bytes. */
  tail: Uint8Array;
}

function flow(now: number): Flow {
  return {
    splitter: new LineSplitter(MAX_LINE_BYTES),
    budget: new FlowBudget(now),
    lastLevel: undefined,
    skippedBytes: 0,
    tail: new Uint8Array(0),
  };
}

/** The last bytes of two pieces that follow each other. */
function lastBytes(before: Uint8Array, after: Uint8Array): Uint8Array {
  if (after.length >= TAIL_BYTES) return after.subarray(after.length - TAIL_BYTES);
  const remaining = before.subarray(Math.max(0, before.length + after.length - TAIL_BYTES));
  const both = new Uint8Array(remaining.length + after.length);
  both.set(remaining);
  both.set(after, remaining.length);
  return both;
}

/** Drops the partial first line; bytes without a line break stay whole. */
function fromLineStart(bytes: Uint8Array): Uint8Array {
  const newline = bytes.indexOf(0x0a);
  return newline === -1 || newline === bytes.length - 1 ? bytes : bytes.subarray(newline + 1);
}

/**
 * Turns a child's two byte streams into lines, whatever the child does. Everything is read; what comes faster than
 * `FlowBudget` allows is counted and skipped without being looked at, and told as one line with its size.
 */
export class Output {
  readonly #clock: Clock;
  readonly #emit: (line: OutputLine) => void;
  readonly #flows: Readonly<Record<OutputStream, Flow>>;
  #settle: Cancel | undefined;
  #bytes = 0;
  #lines = 0;
  #droppedBytes = 0;

  constructor(clock: Clock, emit: (line: OutputLine) => void) {
    this.#clock = clock;
    this.#emit = emit;
    this.#flows = { stdout: flow(clock.now()), stderr: flow(clock.now()) };
  }

  get counts(): OutputCounts {
    return { bytes: this.#bytes, lines: this.#lines, droppedBytes: this.#droppedBytes };
  }

  /** A line without an end, such as a prompt; empty if there is none. */
  get unfinished(): string {
    return streams.map((stream) => this.#flows[stream].splitter.unfinished.trim()).find((text) => text !== '') ?? '';
  }

  push(stream: OutputStream, chunk: Uint8Array): void {
    this.#bytes += chunk.length;
    const its = this.#flows[stream];
    its.budget.refill(this.#clock.now());
    const skipping = its.skippedBytes > 0;
    if (!(skipping ? its.budget.mayResume() : its.budget.isOpen())) {
      // Emits the unfinished line now, so that it is not joined with much later output.
      its.splitter.end((text) => this.#emitLine(stream, text));
      this.#dropBytes(its, chunk);
      return;
    }
    if (skipping) this.#resume(stream);
    const taken = its.splitter.push(chunk, (text) => {
      this.#emitLine(stream, text);
      return its.budget.spendLine();
    });
    its.budget.spendBytes(taken);
    if (taken < chunk.length) this.#dropBytes(its, chunk.subarray(taken));
  }

  /** No more will come: gives out everything still held. */
  end(): void {
    this.#settle?.();
    this.#settle = undefined;
    for (const stream of streams) {
      if (this.#flows[stream].skippedBytes > 0) this.#resume(stream);
      this.#flows[stream].splitter.end((text) => this.#emitLine(stream, text));
    }
  }

  #dropBytes(its: Flow, chunk: Uint8Array): void {
    its.skippedBytes += chunk.length;
    this.#droppedBytes += chunk.length;
    its.tail = lastBytes(its.tail, chunk);
    this.#settle ??= this.#clock.schedule(SETTLE_MS, () => {
      this.#settle = undefined;
      for (const stream of streams) if (this.#flows[stream].skippedBytes > 0) this.#resume(stream);
    });
  }

  #resume(stream: OutputStream): void {
    const its = this.#flows[stream];
    const tail = its.skippedBytes > its.tail.length ? fromLineStart(its.tail) : its.tail;
    const dropped = its.skippedBytes - tail.length;
    this.#droppedBytes -= tail.length;
    its.skippedBytes = 0;
    its.tail = new Uint8Array(0);
    if (dropped > 0) this.#line(stream, 'warn', `… ${String(dropped)} bytes of output skipped: it came too fast`);
    its.splitter.push(tail, (text) => {
      this.#emitLine(stream, text);
      return true;
    });
  }

  #emitLine(stream: OutputStream, text: string): void {
    if (text.trim() === '') return;
    const its = this.#flows[stream];
    its.lastLevel = levelOf(text, stream, its.lastLevel);
    this.#line(stream, its.lastLevel, text);
  }

  #line(stream: OutputStream, level: LogLevel, text: string): void {
    this.#lines += 1;
    this.#emit({ stream, level, text, at: this.#clock.wallTime() });
  }
}
