import type { LogRecord } from '@deskclaw/protocol';
import { truncate } from './excerpt.ts';

/** The last log lines on the screen, oldest first. */
export interface LogTail {
  readonly lines: readonly LogLine[];
  /** Lines dropped to stay within the limit, or skipped by the host. */
  readonly dropped: number;
  readonly nextId: number;
}
export interface LogLine {
  readonly id: number;
  readonly record: LogRecord;
}

export const LOG_LINE_LIMIT = 2_000;
const LINE = 4_000;

export const noLogs: LogTail = { lines: [], dropped: 0, nextId: 1 };

/** Appends log lines and drops the oldest beyond the limit; the host stores the rest. */
export function addLogs(tail: LogTail, records: readonly LogRecord[], skipped = 0): LogTail {
  if (records.length === 0 && skipped === 0) return tail;
  const added = records.map((record, index) => ({
    id: tail.nextId + index,
    record: record.text.length > LINE ? { ...record, text: truncate(record.text, LINE) } : record,
  }));
  const all = [...tail.lines, ...added];
  const lines = all.slice(-LOG_LINE_LIMIT);
  return {
    lines,
    dropped: tail.dropped + skipped + all.length - lines.length,
    nextId: tail.nextId + records.length,
  };
}
