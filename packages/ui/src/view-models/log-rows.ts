import { type LogLevel, type LogRecord, logLevels } from '@deskclaw/protocol';
import type { LogLine } from '../session/log-tail.ts';
import { formatTime } from './durations.ts';
import type { Tone } from './state-appearance.ts';

export interface LogFilter {
  readonly level: LogLevel;
  /** Plain text, in any case; empty for everything. */
  readonly text: string;
}

export const noFilter: LogFilter = { level: 'debug', text: '' };

const tones: Readonly<Record<LogLevel, Tone>> = { debug: 'idle', info: 'idle', warn: 'caution', error: 'alert' };

export interface LogRow {
  readonly time: string;
  readonly source: string;
  readonly level: LogLevel;
  readonly tone: Tone;
  readonly text: string;
}

/** Terminal colour codes, which are removed. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
const terminalCodes = /\u001b\[[0-9;]*[A-Za-z]/gu;

export function logRow(record: LogRecord): LogRow {
  return {
    time: formatTime(record.at),
    source: record.source === 'gateway' ? (record.stream ?? 'gateway') : 'deskclaw',
    level: record.level,
    tone: tones[record.level],
    text: record.text.replaceAll(terminalCodes, ''),
  };
}

export function filterLogs(lines: readonly LogLine[], filter: LogFilter): readonly LogLine[] {
  if (filter.level === 'debug' && filter.text === '') return lines;
  const least = logLevels.indexOf(filter.level);
  const wanted = filter.text.toLowerCase();
  return lines.filter(
    ({ record }) => logLevels.indexOf(record.level) >= least && record.text.toLowerCase().includes(wanted),
  );
}
