import { describeRow, type HistoryRow } from '@deskclaw/protocol';
import { isoTime, serializeJournalRecord } from './documents.ts';
import { formatDuration, localDateTime } from './format.ts';
import { type Span, span } from './layout.ts';
import type { Tone } from './style.ts';

function toneOf(row: HistoryRow): Tone | undefined {
  if (row.type === 'incident') return row.end === 'recovered' ? 'warn' : 'bad';
  return row.type === 'action' && row.outcome === 'failed' ? 'bad' : undefined;
}

/** Returns the cells of a row: when, what, how long it was down, details. */
export function historyRowCells(row: HistoryRow): readonly (Span | string)[] {
  const { title, details } = describeRow(row);
  const duration = row.type === 'incident' ? formatDuration(row.to - row.at) : '';
  return [span(localDateTime(row.at), 'dim'), span(title, toneOf(row)), duration, span(details.join('; '), 'dim')];
}

/** A row of the history with the sentence that says it; its records are in `records` of the document. */
export function serializeHistoryRow(row: HistoryRow) {
  const { at, to, records: _records, ...rest } = row;
  const { title, details } = describeRow(row);
  const facts = 'record' in rest ? { ...rest, record: serializeJournalRecord(rest.record) } : rest;
  return { at: isoTime(at), to: isoTime(to), durationMs: to - at, title, details, ...facts };
}
