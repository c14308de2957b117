import { type ExitCode, exitCodes, type HistoryRow, type JournalRecord } from '@deskclaw/protocol';
import { readHistoryRows, readProfileJournal } from '../host/read-history.ts';
import { serializeJournalRecord } from '../output/documents.ts';
import { formatDuration, localDateTime } from '../output/format.ts';
import { historyLines, serializeHistoryRow } from '../output/history-rows.ts';
import { layTable, type Span, span } from '../output/layout.ts';
import { addProfileFlag } from '../output/problem.ts';
import type { Shell } from '../shell.ts';

export interface HistoryOptions {
  readonly since?: number | undefined;
  readonly lines: number;
  readonly records?: true | undefined;
  /** File that an interruption is written to. */
  readonly export?: string | undefined;
}

function newest<T>(items: readonly T[], count: number): readonly T[] {
  return count === 0 ? [] : items.slice(-count);
}

async function findRecords(shell: Shell, { since, lines }: HistoryOptions): Promise<readonly JournalRecord[]> {
  return (await readProfileJournal(shell, { limit: lines, ...(since === undefined ? {} : { since }) })).records;
}

function recordRow(record: JournalRecord): readonly (Span | string)[] {
  return [
    span(localDateTime(record.at), 'dim'),
    record.category,
    span(record.what, 'strong'),
    record.durationMs === undefined ? '' : formatDuration(record.durationMs),
    record.cause ?? '',
  ];
}

function printRows(shell: Shell, rows: readonly HistoryRow[]): void {
  if (rows.length === 0) {
    shell.message('Nothing happened in that period.');
    return;
  }
  shell.data(...historyLines(rows, shell.out.style, shell.out.columns, shell.namedProfile));
  const hasCause = rows.some((row) => row.type === 'incident' || (row.type === 'action' && row.outcome === 'failed'));
  if (hasCause) shell.message('', `To see why: ${addProfileFlag('deskclaw why', shell.namedProfile)}`);
}

export async function history(shell: Shell, options: HistoryOptions): Promise<ExitCode> {
  if (options.export !== undefined)
    return (await import('./history-export.ts')).exportIncident(shell, options.export, options.since);
  if (shell.json) {
    const [records, rows] = [await findRecords(shell, options), await readHistoryRows(shell, options.since)];
    shell.document('history', {
      rows: newest(rows, options.lines).map(serializeHistoryRow),
      records: records.map(serializeJournalRecord),
    });
  } else if (options.records === true) {
    const records = await findRecords(shell, options);
    if (records.length === 0) shell.message('No records in that period.');
    else
      shell.data(...layTable(records.map(recordRow), shell.out.style, ['when', 'category', 'what', 'after', 'cause']));
  } else {
    printRows(shell, newest(await readHistoryRows(shell, options.since), options.lines));
  }
  return exitCodes.ok;
}
