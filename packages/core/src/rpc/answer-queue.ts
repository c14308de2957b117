import type { Cancel, Clock } from '../ports/clock.ts';
import type { FrameWriter } from './frame-writer.ts';

/** Room in a socket is not reported by anything. */
const DRAIN_POLL_MS = 20;
/** More refusals than one chunk of a socket can ask for: while they wait, nothing more is read where the transport can. */
const MAX_WAITING = 4_096;
/** WebSocket close code "try again later": the peer may connect again, and ask again. */
const TRY_AGAIN_LATER = 1_013;

/**
 * Answers to one connection. An answer waits, as its value and not as text, while the peer has more unread than the
 * high-water mark; none is dropped. A peer that lets too many wait is disconnected.
 */
export class AnswerQueue {
  readonly #writer: FrameWriter;
  readonly #clock: Clock;
  #waiting: (() => void)[] = [];
  #cancelPoll: Cancel | undefined;
  #ended = false;

  constructor(writer: FrameWriter, clock: Clock) {
    this.#writer = writer;
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Calls `write` now, or when the peer has read enough. @returns whether it waits. */
  push(write: () => void): boolean {
    if (this.#ended) return false;
    if (this.#waiting.length === 0 && !this.#writer.isCongested) {
      write();
      return false;
    }
    if (this.#waiting.length >= MAX_WAITING) {
      this.abandon();
      this.#writer.close(TRY_AGAIN_LATER, 'reads its answers too slowly');
      return false;
    }
    if (this.#waiting.length === 0) this.#writer.pauseReading(true);
    this.#waiting.push(write);
    this.#poll();
    return true;
  }

  /** The connection has ended: nothing more is written. */
  abandon(): void {
    this.#ended = true;
    this.#waiting = [];
    this.#cancelPoll?.();
    this.#cancelPoll = undefined;
  }

  #poll(): void {
    this.#cancelPoll ??= this.#clock.schedule(DRAIN_POLL_MS, () => {
      this.#cancelPoll = undefined;
      while (!this.#writer.isCongested) {
        const write = this.#waiting.shift();
        if (write === undefined) {
          this.#writer.pauseReading(false);
          return;
        }
        write();
      }
      this.#poll();
    });
  }
}
