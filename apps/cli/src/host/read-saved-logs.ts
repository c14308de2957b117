import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type JournalRecord, type LogRecord, logLevels, parseJournal } from '@deskclaw/protocol';

/** Records that a host wrote. After it is gone, only these files tell what happened. */
export interface SavedRecords<T> {
  readonly records: readonly T[];
  /** Whether older files hold more. */
  readonly truncated: boolean;
}

const sources = ['gateway', 'supervisor'] as const satisfies readonly LogRecord['source'][];

/** Returns the text of a file, or nothing for one that cannot be read. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** `2026-11-23T21:18:57.022Z supervisor info text`. */
function logRecord(line: string): LogRecord | undefined {
  const [, stamp = '', sourceName, levelName, text = ''] = /^(\S+) (\S+) (\S+) (.*)$/.exec(line) ?? [];
  const at = Date.parse(stamp);
  const source = sources.find((name) => name === sourceName);
  const level = logLevels.find((name) => name === levelName);
  return Number.isNaN(at) || source === undefined || level === undefined ? undefined : { at, source, level, text };
}

export function readSavedJournal(journal: string): SavedRecords<JournalRecord> {
  return {
    records: parseJournal(readText(journal)),
    truncated: existsSync(`${journal}.1`),
  };
}

export function readSavedLogs(folder: string): SavedRecords<LogRecord> {
  const file = join(folder, 'gateway.log');
  return {
    records: readText(file)
      .split('\n')
      .flatMap((line) => logRecord(line) ?? []),
    truncated: existsSync(`${file}.1`),
  };
}
