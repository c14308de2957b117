import { resolvePaths } from '@deskclaw/core';
import { type ExitCode, exitCodes, type LogLevel, type LogQuery, type LogRecord, logLevels } from '@deskclaw/protocol';
import { requireHost, untilHostEnds } from '../host-session.ts';
import { writtenLog } from '../output/documents.ts';
import { foreignText } from '../output/foreign-text.ts';
import { localDateTime } from '../output/local-time.ts';
import type { Style, Tone } from '../output/style.ts';
import type { Shell } from '../shell.ts';

export interface LogsOptions {
  readonly follow?: true | undefined;
  readonly since?: number | undefined;
  readonly level?: LogLevel | undefined;
  readonly source?: LogRecord['source'] | undefined;
  readonly grep?: string | undefined;
  readonly lines: number;
}

const tones: Readonly<Record<LogLevel, Tone | undefined>> = {
  debug: 'dim',
  info: undefined,
  warn: 'warn',
  error: 'bad',
};

export function logLine(record: LogRecord, style: Style): string {
  const source = record.source === 'gateway' ? (record.stream ?? 'gateway') : record.source;
  return `${style.paint(localDateTime(record.at), 'dim')} ${style.paint(source.padEnd(10), 'dim')} ${style.paint(foreignText(record.text), tones[record.level])}`;
}

function queryOf(options: LogsOptions): LogQuery {
  const { since, level, source, grep, lines } = options;
  return {
    limit: lines,
    ...(since === undefined ? {} : { since }),
    ...(level === undefined ? {} : { level }),
    ...(source === undefined ? {} : { source }),
    ...(grep === undefined ? {} : { grep }),
  };
}

/** The same sieve the host applies to what it kept, for the lines that come live. */
function sieve(options: LogsOptions): (record: LogRecord) => boolean {
  const pattern = options.grep === undefined ? undefined : new RegExp(options.grep, 'u');
  const least = options.level === undefined ? 0 : logLevels.indexOf(options.level);
  return (record) =>
    (options.source === undefined || record.source === options.source) &&
    logLevels.indexOf(record.level) >= least &&
    (pattern === undefined || pattern.test(record.text));
}

function whereElse(shell: Shell): string {
  return `; what was written before is in ${resolvePaths({ profile: shell.profile, env: shell.env }).logs}`;
}

export async function logs(shell: Shell, options: LogsOptions): Promise<ExitCode> {
  const { client } = await requireHost(shell, whereElse(shell));
  const print = (record: LogRecord): void => {
    if (shell.json) shell.record('log', writtenLog(record));
    else shell.data(logLine(record, shell.out.style));
  };
  if (options.follow !== true) {
    const { records, truncated } = await client.call('logs.query', queryOf(options));
    if (shell.json) shell.document('logs', { records: records.map(writtenLog), truncated });
    else {
      for (const record of records) print(record);
      if (truncated)
        shell.message(`Older lines are left out; -n or --since shows more, "deskclaw paths" says where the files are.`);
    }
    return exitCodes.ok;
  }
  // Subscribed before asked, so that no line falls between; what comes meanwhile waits its turn.
  const passes = sieve(options);
  let waiting: LogRecord[] | undefined = [];
  client.on('log', (record) => {
    if (!passes(record)) return;
    if (waiting === undefined) print(record);
    else waiting.push(record);
  });
  await client.subscribe(['log']);
  const { records } = await client.call('logs.query', queryOf(options));
  const known = new Set(records.map((record) => JSON.stringify(record)));
  for (const record of records) print(record);
  for (const record of waiting) if (!known.has(JSON.stringify(record))) print(record);
  waiting = undefined;
  await untilHostEnds(shell, client);
  return exitCodes.ok;
}
