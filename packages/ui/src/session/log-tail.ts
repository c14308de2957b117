import { type ControlMethods, type LogLevel, type LogQuery, type LogRecord, logLevels } from '@deskclaw/protocol';
import { truncate } from './excerpt.ts';

export interface LogFilter {
  readonly level: LogLevel;
  /** Plain text, in any case; empty for everything. */
  readonly text: string;
}

export const noFilter: LogFilter = { level: 'debug', text: '' };

export interface LogLine {
  readonly id: number;
  readonly record: LogRecord;
}

/** The last log lines that match the filter, oldest first. */
export interface LogTail {
  readonly filter: LogFilter;
  readonly lines: readonly LogLine[];
  /** Older matching lines that the host knows of and the screen does not show. */
  readonly older: number;
  /** Whether there are lines before those that the host holds: only the log files have them. */
  readonly hasEarlier: boolean;
  /** State of the last query: `lines` are those of before until it is answered. */
  readonly query: 'answered' | 'pending' | 'failed';
  readonly nextId: number;
}

/** As many as a host holds in memory. */
export const LOG_LINE_LIMIT = 5_000;
/** Lines loaded at first, and for a new filter. */
export const LOG_PAGE = 500;
const OLDER_PAGE = 1_000;
const LINE = 4_000;

export const noLogs: LogTail = {
  filter: noFilter,
  lines: [],
  older: 0,
  hasEarlier: false,
  query: 'answered',
  nextId: 1,
};

export type LogAnswer = ControlMethods['logs.query']['result'];

export function isFiltered({ level, text }: LogFilter): boolean {
  return level !== noFilter.level || text !== noFilter.text;
}

function matcher({ level, text }: LogFilter): (record: LogRecord) => boolean {
  const least = logLevels.indexOf(level);
  const wanted = text.toLowerCase();
  return (record) => logLevels.indexOf(record.level) >= least && record.text.toLowerCase().includes(wanted);
}

/** Returns a pattern that finds a text in any case: the search of the host knows no flags. */
function patternFor(text: string): string {
  return Array.from(text, (character) => {
    const [lower, upper] = [character.toLowerCase(), character.toUpperCase()];
    if (lower !== upper && [...lower].length === 1 && [...upper].length === 1) return `[${character}${lower}${upper}]`;
    return character.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&');
  }).join('');
}

/** Returns the query of the newest `limit` lines that match. */
export function logQuery({ level, text }: LogFilter, limit: number): LogQuery {
  return { limit, ...(level === 'debug' ? {} : { level }), ...(text === '' ? {} : { grep: patternFor(text) }) };
}

/** Returns how many lines to ask for, to show older ones than now; `undefined` where the host holds no more or the screen has no room. */
export function olderLimit({ lines, older }: LogTail): number | undefined {
  if (older === 0 || lines.length >= LOG_LINE_LIMIT) return undefined;
  return Math.min(lines.length + OLDER_PAGE, LOG_LINE_LIMIT);
}

function append(tail: LogTail, records: readonly LogRecord[]): LogTail {
  if (records.length === 0) return tail;
  const added = records.map((record, index) => ({
    id: tail.nextId + index,
    record: record.text.length > LINE ? { ...record, text: truncate(record.text, LINE) } : record,
  }));
  const all = [...tail.lines, ...added];
  const lines = all.slice(-LOG_LINE_LIMIT);
  return { ...tail, lines, older: tail.older + all.length - lines.length, nextId: tail.nextId + records.length };
}

/** Appends the new lines that match and drops the oldest beyond the limit. `skipped`: lines that came and went unread. */
export function addLogs(tail: LogTail, records: readonly LogRecord[], skipped = 0): LogTail {
  const matching = isFiltered(tail.filter) ? records.filter(matcher(tail.filter)) : records;
  const appended = append(tail, matching);
  if (skipped === 0) return appended;
  // Nobody here can tell which of the lines that were skipped would have matched.
  return isFiltered(tail.filter) ? { ...appended, hasEarlier: true } : { ...appended, older: appended.older + skipped };
}

/** Begins a query: until its answer comes, the lines at hand that match are shown. */
export function requestLogs(tail: LogTail, filter: LogFilter): LogTail {
  const matches = matcher(filter);
  return { ...tail, filter, lines: tail.lines.filter(({ record }) => matches(record)), query: 'pending' };
}

function logKey({ at, source, text }: LogRecord): string {
  return `${String(at)}\n${source}\n${text}`;
}

/** Replaces the lines by the answer of the host. Lines that arrived from `newerFrom` on and are not in it stay after it. */
export function answerLogs(tail: LogTail, answer: LogAnswer, newerFrom: number): LogTail {
  const { records, total = records.length, truncated } = answer;
  const known = new Set(records.map(logKey));
  const newer = tail.lines.filter(({ id, record }) => id >= newerFrom && !known.has(logKey(record)));
  const base: LogTail = {
    ...tail,
    lines: [],
    older: Math.max(0, total - records.length),
    hasEarlier: truncated,
    query: 'answered',
  };
  return append(
    append(base, records),
    newer.map(({ record }) => record),
  );
}
