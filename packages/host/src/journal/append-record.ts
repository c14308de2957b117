import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import type { JournalRecord } from '@deskclaw/protocol';

/**
 * Appends a record of a command that has no host to write it. The line break before it ends a line that a crash may have cut;
 * empty lines are skipped. A host that starts at the same time appends to the same file, each record in one write.
 * @throws what the file system says.
 */
export function appendRecord(path: string, record: JournalRecord): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  appendFileSync(path, `\n${JSON.stringify(record)}\n`, { mode: 0o600 });
}
