import { resolvePaths } from '@deskclaw/host';
import { type ExitCode, exitCodes, type JournalRecord } from '@deskclaw/protocol';
import { findHost } from '../host/find-host.ts';
import { readSavedJournal } from '../host/read-saved-logs.ts';
import { serializeJournalRecord } from '../output/documents.ts';
import { formatDuration, localDateTime } from '../output/format.ts';
import { layTable, type Span, span } from '../output/layout.ts';
import type { Shell } from '../shell.ts';

export interface HistoryOptions {
  readonly since?: number | undefined;
  readonly lines: number;
}

function row(record: JournalRecord): readonly (Span | string)[] {
  return [
    span(localDateTime(record.at), 'dim'),
    record.category,
    span(record.what, 'strong'),
    record.durationMs === undefined ? '' : formatDuration(record.durationMs),
    record.cause ?? '',
  ];
}

/** Reads the journal file when no host is running. */
function readFiles(shell: Shell, options: HistoryOptions): readonly JournalRecord[] {
  const { records } = readSavedJournal(resolvePaths({ name: shell.profile, env: shell.env }).journal);
  const { since = 0, lines } = options;
  return lines === 0 ? [] : records.filter((record) => record.at >= since).slice(-lines);
}

async function find(shell: Shell, options: HistoryOptions): Promise<readonly JournalRecord[]> {
  const session = await findHost(shell);
  if (session === undefined) return readFiles(shell, options);
  const since = options.since === undefined ? {} : { since: options.since };
  return (await session.client.call('timeline.query', { limit: options.lines, ...since })).records;
}

export async function history(shell: Shell, options: HistoryOptions): Promise<ExitCode> {
  const records = await find(shell, options);
  if (shell.json) shell.document('history', { records: records.map(serializeJournalRecord) });
  else if (records.length === 0) shell.message('No records in that period.');
  else shell.data(...layTable(records.map(row), shell.out.style, ['when', 'category', 'what', 'after', 'cause']));
  return exitCodes.ok;
}
