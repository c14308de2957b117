import type { LogLevel, LogRecord } from '@deskclaw/protocol';
import { isFiltered, type LogLine, type LogTail, olderLimit } from '../session/log-tail.ts';
import { formatTime } from './durations.ts';
import type { Tone } from './state-appearance.ts';

const tones: Readonly<Record<LogLevel, Tone>> = { debug: 'idle', info: 'idle', warn: 'caution', error: 'alert' };

/** One row of the list: a line of a record. A record of several lines has a row for each; only the first names time and level. */
export interface LogRow {
  readonly key: string;
  /** The line that the row belongs to. */
  readonly id: number;
  readonly time: string;
  readonly source: string;
  readonly level: LogLevel;
  readonly tone: Tone;
  readonly text: string;
  readonly isFirst: boolean;
}

/** Terminal colour codes, which are removed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
const terminalCodes = /\u001b\[[0-9;]*[A-Za-z]/gu;

export function plainText(text: string): string {
  return text.replaceAll(terminalCodes, '');
}

function sourceOf({ source, stream }: LogRecord): string {
  return source === 'gateway' ? (stream ?? 'gateway') : 'deskclaw';
}

export function logRows({ id, record }: LogLine): readonly LogRow[] {
  const row = {
    id,
    time: formatTime(record.at),
    source: sourceOf(record),
    level: record.level,
    tone: tones[record.level],
  };
  return plainText(record.text)
    .split(/\r\n|[\n\r\u2028\u2029]/u)
    .map((text, index) => ({ ...row, key: `${String(id)}.${String(index)}`, text, isFirst: index === 0 }));
}

/** Returns what the list leaves out, in words; `undefined` where it shows everything. */
export function logNotice(tail: LogTail): { readonly text: string; readonly files: boolean } | undefined {
  const { lines, older, hasEarlier, filter } = tail;
  const what = isFiltered(filter) ? 'matching lines' : 'lines';
  const count = (value: number) => value.toLocaleString('en');
  if (older > 0) {
    const text = `Showing ${count(lines.length)} of ${count(lines.length + older)} ${what}.`;
    return { text, files: olderLimit(tail) === undefined };
  }
  if (!hasEarlier) return undefined;
  return isFiltered(filter)
    ? { text: 'Only the newest lines were searched.', files: true }
    : { text: `Showing the newest ${count(lines.length)} lines.`, files: true };
}

/** The text of lines for the clipboard. */
export function logText(lines: readonly LogLine[]): string {
  return lines.map(({ record }) => `${new Date(record.at).toISOString()} ${record.level} ${record.text}`).join('\n');
}
