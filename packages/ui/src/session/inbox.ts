import type { GatewayStatus, HealthReport, LogRecord } from '@deskclaw/protocol';
import type { ActivityEvent } from './activity.ts';
import { LOG_LINE_LIMIT } from './log-tail.ts';

/** Everything received since the last rendered frame. */
export interface Batch {
  /** Only the newest is kept: each status is complete. */
  readonly status: GatewayStatus | undefined;
  /** Only the newest is kept. */
  readonly health: HealthReport | undefined;
  /** Round trips of all of them, oldest first. */
  readonly latencies: readonly number[];
  readonly activity: readonly ActivityEvent[];
  readonly logs: readonly LogRecord[];
  /** Log lines that came and went between two frames. */
  readonly logsSkipped: number;
  readonly malformed: number;
  /** How many things came in. */
  readonly size: number;
}

export const ACTIVITY_LIMIT = 50;
export const LATENCY_LIMIT = 120;

/** Drops the older half at twice the limit: amortised O(1), bounded while a hidden page renders nothing. */
function trim(list: unknown[], room: number): number {
  if (list.length < room * 2) return 0;
  return list.splice(0, list.length - room).length;
}

/** Buffers the events of the host until the next frame; bounded even while a hidden page renders nothing. */
export class Inbox {
  #status: GatewayStatus | undefined;
  #health: HealthReport | undefined;
  #latencies: number[] = [];
  #events: ActivityEvent[] = [];
  #logs: LogRecord[] = [];
  #logsSkipped = 0;
  #malformed = 0;
  #size = 0;

  addStatus(status: GatewayStatus): void {
    this.#size += 1;
    const last = status.latencyMs?.last;
    if (last !== undefined) this.#latencies.push(last);
    trim(this.#latencies, LATENCY_LIMIT);
    this.#status = status;
  }

  addHealth(report: HealthReport): void {
    this.#size += 1;
    this.#health = report;
  }

  addActivity(event: ActivityEvent): void {
    this.#size += 1;
    this.#events.push(event);
    // Repetitions are merged into one row, so more events than rows are kept.
    trim(this.#events, ACTIVITY_LIMIT * 20);
  }

  addLog(record: LogRecord): void {
    this.#size += 1;
    this.#logs.push(record);
    this.#logsSkipped += trim(this.#logs, LOG_LINE_LIMIT);
  }

  addMalformed(): void {
    this.#size += 1;
    this.#malformed += 1;
  }

  take(): Batch {
    const batch: Batch = {
      status: this.#status,
      health: this.#health,
      latencies: this.#latencies,
      activity: this.#events,
      logs: this.#logs,
      logsSkipped: this.#logsSkipped,
      malformed: this.#malformed,
      size: this.#size,
    };
    this.#status = undefined;
    this.#health = undefined;
    this.#latencies = [];
    this.#events = [];
    this.#logs = [];
    this.#logsSkipped = 0;
    this.#malformed = 0;
    this.#size = 0;
    return batch;
  }
}
