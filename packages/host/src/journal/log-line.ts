import { type LogRecord, logLevels } from '@deskclaw/protocol';

const sources = ['gateway', 'supervisor'] as const satisfies readonly LogRecord['source'][];

/** Returns the line of a log file: `2026-11-23T21:18:57.022Z supervisor info text`. */
export function formatLogLine({ at, source, level, text }: LogRecord): string {
  return `${new Date(at).toISOString()} ${source} ${level} ${text}`;
}

/** Reads one line of a log file; `undefined` for a line that is none of ours, such as one that a power loss cut in half. */
export function parseLogLine(line: string): LogRecord | undefined {
  const [, stamp = '', sourceName, levelName, text = ''] = /^(\S+) (\S+) (\S+) (.*)$/.exec(line) ?? [];
  const at = Date.parse(stamp);
  const source = sources.find((name) => name === sourceName);
  const level = logLevels.find((name) => name === levelName);
  return Number.isNaN(at) || source === undefined || level === undefined ? undefined : { at, source, level, text };
}
