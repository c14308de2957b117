import { nodeClock } from '@deskclaw/core';
import { PatternMatcher, resolvePaths } from '@deskclaw/host';
import { type ExitCode, exitCodes, type LogLevel, type LogQuery, type LogRecord, logLevels } from '@deskclaw/protocol';
import { findHost } from '../host/find-host.ts';
import { readSavedLogs, type SavedRecords } from '../host/read-saved-logs.ts';
import { serializeLogRecord } from '../output/documents.ts';
import { localDateTime } from '../output/format.ts';
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
  return `${style.paint(head, 'dim')} ${style.paint(record.text, tones[record.level])}`;
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

type LogFilter = (records: readonly LogRecord[]) => Promise<readonly LogRecord[]>;

/** Returns the same filter that the host applies, for live lines and for saved files. */
function createLogFilter({ since, source, level, grep }: LogsOptions): LogFilter {
  const matcher = grep === undefined ? undefined : new PatternMatcher(grep, nodeClock);
  const least = level === undefined ? 0 : logLevels.indexOf(level);
  const isWanted = (record: LogRecord): boolean =>
    (since === undefined || record.at >= since) &&
    (source === undefined || record.source === source) &&
    logLevels.indexOf(record.level) >= least;
  return async (records) => {
    const wanted = records.filter(isWanted);
    if (matcher === undefined || wanted.length === 0) return wanted;
    const matches = await matcher.match(wanted.map(({ text }) => text));
    return wanted.filter((_record, index) => matches[index] === true);
  };
}

function printer(shell: Shell): (record: LogRecord) => void {
  return (record) => {
    if (shell.json) shell.record('log', serializeLogRecord(record));
    else shell.data(logLine(record, shell.out.style));
  };
}

/** Reads the log files of the last host when no host is running. */
async function readFiles(shell: Shell, options: LogsOptions): Promise<SavedRecords<LogRecord>> {
  const saved = readSavedLogs(resolvePaths({ name: shell.profile, env: shell.env }).logs);
  if (saved.records.length > 0) shell.message('No host is running. These are the logs of the last one.');
  const found = await createLogFilter(options)(saved.records);
  return {
    records: options.lines === 0 ? [] : found.slice(-options.lines),
    truncated: saved.truncated || found.length > options.lines,
  };
}

async function printLogs(shell: Shell, options: LogsOptions): Promise<void> {
  const session = await findHost(shell);
  const { records, truncated } =
    session === undefined ? await readFiles(shell, options) : await session.client.call('logs.query', queryOf(options));
  if (shell.json) {
    shell.document('logs', { records: records.map(serializeLogRecord), truncated });
    return;
  }
  for (const record of records) printer(shell)(record);
  if (truncated) shell.message('Older lines are not shown. Use -n for more, or "deskclaw paths" to find the files.');
}

/** Prints the lines that pass a filter, in order, as they arrive. Rejects where the pattern takes too long. */
function printFiltered(filter: LogFilter, print: (record: LogRecord) => void) {
  const failure = Promise.withResolvers<never>();
  let arrived: LogRecord[] = [];
  let state: 'held' | 'idle' | 'printing' = 'held';

  async function printArrived(): Promise<void> {
    if (state !== 'idle') return;
    state = 'printing';
    while (arrived.length > 0) {
      const batch = arrived;
      arrived = [];
      for (const record of await filter(batch)) print(record);
    }
    state = 'idle';
  }

  return {
    failed: failure.promise,
    add: (record: LogRecord): void => {
      arrived.push(record);
      printArrived().catch(failure.reject);
    },
    /** Prints these first, then the lines that arrived meanwhile and are none of them. */
    release: (first: readonly LogRecord[]): void => {
      for (const record of first) print(record);
      const known = new Set(first.map((record) => JSON.stringify(record)));
      arrived = arrived.filter((record) => !known.has(JSON.stringify(record)));
      state = 'idle';
      printArrived().catch(failure.reject);
    },
  };
}

async function follow(shell: Shell, options: LogsOptions): Promise<void> {
  // Logs of a host that is gone are printed without this code.
  const { requireHost, untilHostEnds } = await import('../host/host-connection.ts');
  const { client } = await requireHost(shell, ', so there is nothing to follow');
  const live = printFiltered(createLogFilter(options), printer(shell));
  // Subscribe before the query, so that no line is lost; lines that arrive meanwhile are held.
  client.on('log', live.add);
  await client.subscribe(['log']);
  live.release((await client.call('logs.query', queryOf(options))).records);
  await Promise.race([untilHostEnds(shell, client), live.failed]);
}

export async function logs(shell: Shell, options: LogsOptions): Promise<ExitCode> {
  if (options.follow !== true) await printLogs(shell, options);
  else await follow(shell, options);
  return exitCodes.ok;
}
