import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject, type LogRecord, logLevels, parseJson, type TimelineRecord } from '@deskclaw/protocol';

/** What a host wrote while it ran. Once it is gone these files are all that can tell why. */
export interface SavedRecords<T> {
  readonly records: readonly T[];
  /** Whether older files hold more. */
  readonly truncated: boolean;
}

const lanes = ['process', 'socket', 'intent', 'health'] as const satisfies readonly TimelineRecord['lane'][];
const sources = ['gateway', 'supervisor'] as const satisfies readonly LogRecord['source'][];

/** Never fatal: what cannot be read holds nothing to tell. */
function readLines(path: string): readonly string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function timelineRecord(line: string): TimelineRecord | undefined {
  const value = parseJson(line);
  if (!isObject(value)) return undefined;
  const { at, what, cause, durationMs, data } = value;
  const lane = lanes.find((name) => name === value['lane']);
  if (typeof at !== 'number' || lane === undefined || typeof what !== 'string') return undefined;
  return {
    at,
    lane,
    what,
    ...(typeof cause === 'string' ? { cause } : {}),
    ...(typeof durationMs === 'number' ? { durationMs } : {}),
    ...(isObject(data) ? { data } : {}),
  };
}

/** `2026-11-23T21:18:57.022Z supervisor info text`. */
function logRecord(line: string): LogRecord | undefined {
  const [, stamp = '', sourceName, levelName, text = ''] = /^(\S+) (\S+) (\S+) (.*)$/.exec(line) ?? [];
  const at = Date.parse(stamp);
  const source = sources.find((name) => name === sourceName);
  const level = logLevels.find((name) => name === levelName);
  return Number.isNaN(at) || source === undefined || level === undefined ? undefined : { at, source, level, text };
}

export function readSavedJournal(journal: string): SavedRecords<TimelineRecord> {
  return {
    records: readLines(journal).flatMap((line) => timelineRecord(line) ?? []),
    truncated: existsSync(`${journal}.1`),
  };
}

export function readSavedLogs(folder: string): SavedRecords<LogRecord> {
  const file = join(folder, 'gateway.log');
  return { records: readLines(file).flatMap((line) => logRecord(line) ?? []), truncated: existsSync(`${file}.1`) };
}
