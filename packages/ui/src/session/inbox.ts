import type { GatewayStatus, LogRecord } from '@deskclaw/protocol';
import type { Happening } from './happening.ts';
import { LOG_LINES } from './log-tail.ts';

/** What came in since the last frame was painted. */
export interface Batch {
  /** Only the newest counts: a status is the whole truth, not a step. */
  readonly status: GatewayStatus | undefined;
  /** Round trips of all of them, oldest first. */
  readonly latencies: readonly number[];
  readonly happenings: readonly Happening[];
  readonly logs: readonly LogRecord[];
  /** Log lines that came and went between two frames. */
  readonly logsSkipped: number;
  readonly malformed: number;
  /** How many things came in. */
  readonly size: number;
}

export const EVENTS_KEPT = 50;
export const LATENCIES_KEPT = 120;

/** Drops the older half when twice the room is taken: amortised O(1), bounded while a hidden page paints nothing. */
function trim(list: unknown[], room: number): number {
  if (list.length < room * 2) return 0;
  return list.splice(0, list.length - room).length;
}

/** Gathers what the host sends until the next frame; bounded, however long that takes. */
export class Inbox {
  #status: GatewayStatus | undefined;
  #latencies: number[] = [];
  #happenings: Happening[] = [];
  #logs: LogRecord[] = [];
  #logsSkipped = 0;
  #malformed = 0;
  #size = 0;

  status(status: GatewayStatus): void {
    this.#size += 1;
    const last = status.latencyMs?.last;
    if (last !== undefined) this.#latencies.push(last);
    trim(this.#latencies, LATENCIES_KEPT);
    this.#status = status;
  }

  happening(happening: Happening): void {
    this.#size += 1;
    this.#happenings.push(happening);
    // Equal ones are told as one with a count, so more of them than are shown are worth keeping.
    trim(this.#happenings, EVENTS_KEPT * 20);
  }

  log(record: LogRecord): void {
    this.#size += 1;
    this.#logs.push(record);
    this.#logsSkipped += trim(this.#logs, LOG_LINES);
  }

  malformed(): void {
    this.#size += 1;
    this.#malformed += 1;
  }

  take(): Batch {
    const batch: Batch = {
      status: this.#status,
      latencies: this.#latencies,
      happenings: this.#happenings,
      logs: this.#logs,
      logsSkipped: this.#logsSkipped,
      malformed: this.#malformed,
      size: this.#size,
    };
    this.#status = undefined;
    this.#latencies = [];
    this.#happenings = [];
    this.#logs = [];
    this.#logsSkipped = 0;
    this.#malformed = 0;
    this.#size = 0;
    return batch;
  }
}
