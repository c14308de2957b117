import type { ControlClient } from '@deskclaw/core';
import { resolvePaths } from '@deskclaw/host';
import { type ExitCode, exitCodes, type LogLevel, type LogQuery, type LogRecord, logLevels } from '@deskclaw/protocol';
import { findHost } from '../host/find-host.ts';
import { requireHost, untilHostEnds } from '../host/host-connection.ts';
import { readSavedLogs, type SavedRecords } from '../host/read-saved-logs.ts';
import { serializeLogRecord } from '../output/documents.ts';
import { localDateTime } from '../output/format.ts';
import { sanitizeTerminalText } from '../output/sanitize-terminal-text.ts';
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

function logLine(record: LogRecord, style: Style): string {
  const source = record.stream ?? record.source;
  const head = `${localDateTime(record.at)} ${source.padEnd(10)}`;
  return `${style.paint(head, 'dim')} ${style.paint(sanitizeTerminalText(record.text), tones[record.level])}`;
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

/** Returns the same filter that the host applies, for live lines and for saved files. */
function createLogFilter(options: LogsOptions): (record: LogRecord) => boolean {
  const pattern = options.grep === undefined ? undefined : new RegExp(options.grep, 'u');
  const least = options.level === undefined ? 0 : logLevels.indexOf(options.level);
  return (record) =>
    (options.since === undefined || record.at >= options.since) &&
    (options.source === undefined || record.source === options.source) &&
    logLevels.indexOf(record.level) >= least &&
    (pattern === undefined || pattern.test(record.text));
}

function printer(shell: Shell): (record: LogRecord) => void {
  return (record) => {
    if (shell.json) shell.record('log', serializeLogRecord(record));
    else shell.data(logLine(record, shell.out.style));
  };
}

/** Reads the log files of the last host when no host is running. */
function readFiles(shell: Shell, options: LogsOptions): SavedRecords<LogRecord> {
  const saved = readSavedLogs(resolvePaths({ name: shell.profile, env: shell.env }).logs);
  if (saved.records.length > 0) shell.message('No host is running. These are the logs of the last one.');
  const found = saved.records.filter(createLogFilter(options));
  return {
    records: options.lines === 0 ? [] : found.slice(-options.lines),
    truncated: saved.truncated || found.length > options.lines,
  };
}

async function printLogs(shell: Shell, options: LogsOptions): Promise<void> {
  const session = await findHost(shell);
  const { records, truncated } =
    session === undefined ? readFiles(shell, options) : await session.client.call('logs.query', queryOf(options));
  if (shell.json) {
    shell.document('logs', { records: records.map(serializeLogRecord), truncated });
    return;
  }
  for (const record of records) printer(shell)(record);
  if (truncated) shell.message('Older lines are not shown. Use -n for more, or "deskclaw paths" to find the files.');
}

async function follow(shell: Shell, client: ControlClient, options: LogsOptions): Promise<void> {
  const [passes, print] = [createLogFilter(options), printer(shell)];
  // Subscribe before the query, so that no line is lost; lines that arrive meanwhile are queued.
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
}

export async function logs(shell: Shell, options: LogsOptions): Promise<ExitCode> {
  if (options.follow !== true) await printLogs(shell, options);
  else await follow(shell, (await requireHost(shell, ', so there is nothing to follow')).client, options);
  return exitCodes.ok;
}
