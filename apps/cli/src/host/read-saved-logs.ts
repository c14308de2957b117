import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseLogLine } from '@deskclaw/host';
import type { LogRecord } from '@deskclaw/protocol';

/** Records that a host wrote. After it is gone, only these files tell what happened. */
export interface SavedRecords<T> {
  readonly records: readonly T[];
  /** Whether older files hold more. */
  readonly truncated: boolean;
}

/** Returns the text of a file, or nothing for one that cannot be read. */
function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

export function readSavedLogs(folder: string): SavedRecords<LogRecord> {
  const file = join(folder, 'gateway.log');
  return {
    records: readText(file)
      .split('\n')
      .flatMap((line) => parseLogLine(line) ?? []),
    truncated: existsSync(`${file}.1`),
  };
}
