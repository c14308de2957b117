import type { LogLevel } from '@deskclaw/protocol';

/** Only the head of a line is looked at: that is where loggers say it, and a flood must not pay for more. */
const HEAD = 240;

const levelNames: Readonly<Record<string, LogLevel>> = {
  trace: 'debug',
  verbose: 'debug',
  debug: 'debug',
  info: 'info',
  notice: 'info',
  log: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  err: 'error',
  fatal: 'error',
  critical: 'error',
  crit: 'error',
  panic: 'error',
};

/** pino and bunyan write numbers: 10 trace, 20 debug, 30 info, 40 warn, 50 error, 60 fatal. */
function numbered(level: number): LogLevel {
  if (level >= 50) return 'error';
  if (level >= 40) return 'warn';
  return level >= 30 ? 'info' : 'debug';
}

const json = /"(?:level|severity|lvl)"\s*:\s*(?:"([a-z]+)"|(\d{2}))/i;
const logfmt = /\b(?:level|lvl|severity)=("?)([a-z]+)\1/i;
/** A level as loggers write it: in brackets, in capitals, or as the first or second word before a colon. Else it is prose. */
const tags: readonly RegExp[] = [
  /[[<(](trace|verbose|debug|info|notice|warn(?:ing)?|err(?:or)?|fatal|crit(?:ical)?)[\])>]/i,
  /\b(TRACE|DEBUG|INFO|NOTICE|WARN(?:ING)?|ERROR|FATAL|CRITICAL|PANIC)\b/,
  /^(?:\S+\s+)?(trace|verbose|debug|info|notice|warn(?:ing)?|error|fatal|panic):/i,
];
/** `TypeError: …`, `Uncaught …`, `Unhandled…`, a Go panic, a Python traceback: errors that name no level. */
const raised =
  /^(?:[A-Z][A-Za-z]*(?:Error|Exception)\b|Uncaught\b|Unhandled\b|panic:|Traceback \(most recent call last\)|FATAL\b)/;

function statedLevel(head: string): LogLevel | undefined {
  const structured = json.exec(head);
  if (structured?.[2] !== undefined) return numbered(Number(structured[2]));
  const word = structured?.[1] ?? logfmt.exec(head)?.[2];
  if (word !== undefined) return levelNames[word.toLowerCase()];
  for (const tag of tags) {
    const found = tag.exec(head)?.[1];
    if (found !== undefined) return levelNames[found.toLowerCase()];
  }
  return undefined;
}

/** An indented line continues the one above it: the frames of a stack trace belong to their error. */
export function continues(text: string): boolean {
  return /^(?:\s+\S|Caused by:)/.test(text);
}

/**
 * The level of a line of output. What the line says itself counts; then that it continues the line before it;
 * else stdout is `info`, and stderr `warn`: worth a look, though many programs chat there.
 */
export function levelOf(text: string, stream: OutputStream, before: LogLevel | undefined): LogLevel {
  const head = text.length > HEAD ? text.slice(0, HEAD) : text;
  const own = statedLevel(head);
  if (own !== undefined) return own;
  if (raised.test(head)) return 'error';
  if (before !== undefined && continues(head)) return before;
  return stream === 'stdout' ? 'info' : 'warn';
}

export type OutputStream = 'stdout' | 'stderr';
export interface OutputLine {
  readonly stream: OutputStream;
  readonly level: LogLevel;
  readonly text: string;
  /** Epoch ms. */
  readonly at: number;
}
