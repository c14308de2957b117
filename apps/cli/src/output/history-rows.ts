import { describeRow, type HistoryRow, type RowText } from '@deskclaw/protocol';
import { isoTime, serializeJournalRecord } from './documents.ts';
import { formatDuration, localDateTime } from './format.ts';
import { layTable, type Span, span, wrapWords } from './layout.ts';
import { addProfileFlag } from './problem.ts';
import type { Style, Tone } from './style.ts';

function toneOf(row: HistoryRow): Tone | undefined {
  if (row.type === 'incident') return row.end === 'recovered' ? 'warn' : 'bad';
  return row.type === 'action' && row.outcome === 'failed' ? 'bad' : undefined;
}

/** Returns what a row says. The titles of notes are ours and may name a command; those of the others may quote a program. */
function rowText(row: HistoryRow, profile: string | undefined): RowText {
  const { title, details } = describeRow(row);
  return { title: row.type === 'note' ? addProfileFlag(title, profile) : title, details };
}

/** Returns the cells of a row: when, what, how long it was down, details. */
function historyRowCells(row: HistoryRow, profile: string | undefined): readonly (Span | string)[] {
  const { title, details } = rowText(row, profile);
  const duration = row.type === 'incident' ? formatDuration(row.to - row.at) : '';
  return [span(localDateTime(row.at), 'dim'), span(title, toneOf(row)), duration, span(details.join('; '), 'dim')];
}

const NARROWEST_TEXT = 30;

/** Returns a row as text below each other, beside its time where there is room. Paints after the lines are broken. */
function narrowLines(row: HistoryRow, style: Style, columns: number, profile: string | undefined): readonly string[] {
  const { title, details } = rowText(row, profile);
  const when = localDateTime(row.at);
  const isBeside = columns - when.length - 2 >= NARROWEST_TEXT;
  const indent = ' '.repeat(isBeside ? when.length + 2 : 2);
  const width = Math.max(20, columns - indent.length);
  const down = row.type === 'incident' ? ` (down for ${formatDuration(row.to - row.at)})` : '';
  const [first = '', ...rest] = wrapWords(`${title}${down}`, width);
  const paintedWhen = style.paint(when, 'dim');
  const head = isBeside
    ? [`${paintedWhen}  ${style.paint(first, toneOf(row))}`]
    : [paintedWhen, `${indent}${style.paint(first, toneOf(row))}`];
  return [
    ...head,
    ...rest.map((line) => `${indent}${style.paint(line, toneOf(row))}`),
    ...details.flatMap((detail) => wrapWords(detail, width)).map((line) => `${indent}${style.paint(line, 'dim')}`),
  ];
}

/** Lays out rows as a table, or below each other where a terminal is too narrow for it. @param columns `undefined`: a file or a pipe. @param profile to name in commands */
export function historyLines(
  rows: readonly HistoryRow[],
  style: Style,
  columns: number | undefined,
  profile?: string,
): readonly string[] {
  const plain = { ...style, paint: (text: string) => text };
  const header = ['when', 'what', 'down', 'details'];
  const cells = rows.map((row) => historyRowCells(row, profile));
  const isWide = columns !== undefined && layTable(cells, plain, header).some((line) => line.length > columns);
  return isWide ? rows.flatMap((row) => narrowLines(row, style, columns, profile)) : layTable(cells, style, header);
}

/** A row of the history with the sentence that says it; its records are in `records` of the document. */
export function serializeHistoryRow(row: HistoryRow) {
  const { at, to, records: _records, ...rest } = row;
  const { title, details } = describeRow(row);
  const facts = 'record' in rest ? { ...rest, record: serializeJournalRecord(rest.record) } : rest;
  return { at: isoTime(at), to: isoTime(to), durationMs: to - at, title, details, ...facts };
}
