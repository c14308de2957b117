import { describeEnd } from '../catalogue.ts';
import type { HistoryRow, Incident, RecordedExit, UserAction } from './rows.ts';

/** A row that `why` explains: an interruption, or a request that failed. */
export type ExplainedRow = Incident | UserAction;

export function isExplained(row: HistoryRow): row is ExplainedRow {
  return row.type === 'incident' || (row.type === 'action' && row.outcome === 'failed');
}

/** A next step, as in a problem. */
export interface Advice {
  readonly label: string;
  readonly command?: string;
}

function exitOf(row: ExplainedRow): RecordedExit | undefined {
  if (row.type === 'incident' && row.cause.kind === 'exit') return row.lastExit ?? row.cause.exit;
  return row.lastExit;
}

/** Whether DeskClaw recorded that it sent a signal to the process. */
function sender(row: ExplainedRow, exit: RecordedExit): string | undefined {
  if (exit.signal === null) return undefined;
  const sent = row.records.find(({ what, data }) => /^sig(term|kill)$/.test(what) && data?.['pid'] === exit.pid);
  if (sent !== undefined) return `DeskClaw sent the signal (${sent.cause ?? 'on request'}).`;
  return exit.cause === 'out-of-memory'
    ? 'The system ended it, for want of memory.'
    : 'DeskClaw did not send that signal; the system does not tell who did.';
}

function gigabytes(bytes: number): string {
  return bytes >= 1024 ** 3 ? `${(bytes / 1024 ** 3).toFixed(1)} GB` : `${String(Math.round(bytes / 1024 ** 2))} MB`;
}

/** What was free when the process ended, as the host measured it. */
function resourcesOf(row: ExplainedRow): readonly string[] {
  const data = row.records.findLast(({ category, what }) => category === 'process' && what === 'exit')?.data ?? {};
  const { freeMemory, totalMemory, freeDisk } = data;
  const memory =
    typeof freeMemory === 'number' && typeof totalMemory === 'number'
      ? [`Free memory then: ${gigabytes(freeMemory)} of ${gigabytes(totalMemory)}.`]
      : [];
  return [...memory, ...(typeof freeDisk === 'number' ? [`Free disk space then: ${gigabytes(freeDisk)}.`] : [])];
}

function exitEvidence(row: ExplainedRow): readonly string[] {
  const exit = exitOf(row);
  if (exit === undefined) return [];
  const process = exit.pid === undefined ? 'The process' : `Process ${String(exit.pid)}`;
  const from = sender(row, exit);
  const output =
    exit.lastLines.length === 0
      ? ['It printed nothing.']
      : [`Its last output:\n${exit.lastLines.map((line) => `  ${line}`).join('\n')}`];
  return [
    `${process} ended with ${describeEnd(exit)}${exit.said === undefined ? '.' : ''}`,
    ...(from === undefined ? [] : [from]),
    ...output,
    ...resourcesOf(row),
  ];
}

function detailOf(row: ExplainedRow): readonly string[] {
  if (row.type === 'action') return row.failure === undefined ? [] : [row.failure.detail];
  const failed = row.records.findLast(({ category, what }) => category === 'process' && what === 'failed');
  const lastFailure = failed?.cause === undefined ? [] : [failed.cause];
  switch (row.cause.kind) {
    case 'unresponsive':
    case 'connection':
      return [row.cause.detail, ...lastFailure];
    case 'failed':
      return [row.cause.detail];
    case 'exit':
      return [];
    case 'host-killed':
      return ['The host recorded no end: it was killed by a signal, or its machine stopped.'];
    default:
      return row.cause satisfies never;
  }
}

function lossOf(row: ExplainedRow): readonly string[] {
  if (row.type === 'action' || row.lostRequests === 0) return [];
  const count = row.lostRequests;
  return [`${String(count)} request${count === 1 ? '' : 's'} got no answer; whether they took effect is unknown.`];
}

/** The steps of the recovery ladder, of which each says why it was taken. */
function recoveryOf({ records }: ExplainedRow): readonly string[] {
  return records.flatMap(({ category, what, cause }) =>
    category === 'recovery' && what === 'step' && cause !== undefined ? [cause] : [],
  );
}

/** Returns what is known of a row, each as a sentence; lines of output are on lines of their own. */
export function evidenceOf(row: ExplainedRow): readonly string[] {
  return [...detailOf(row), ...exitEvidence(row), ...recoveryOf(row), ...lossOf(row)];
}

function logsAround(row: ExplainedRow): Advice {
  const since = new Date(Math.max(0, row.at - 10_000)).toISOString();
  return { label: 'Read what it logged then', command: `deskclaw logs --since ${since}` };
}

function exitAdvice(cause: RecordedExit['cause']): readonly Advice[] {
  switch (cause) {
    case 'out-of-memory':
      return [{ label: 'Give the machine or container more memory, or find what fills it' }];
    case 'killed':
      return [
        {
          label: 'Look for what ended it: a script, a service manager, or the system',
          command: 'journalctl --since -1h',
        },
      ];
    case 'clean':
      return [{ label: 'Find in its log why it ended; something may have asked it to' }];
    case 'configuration':
      return [{ label: 'Correct its configuration' }];
    case 'port-in-use':
      return [{ label: 'Choose another port', command: 'deskclaw start --port 0' }];
    case 'runtime':
      return [{ label: 'Start it with the Node.js version that it needs' }];
    case 'managed-elsewhere':
    case 'newer-state':
    case 'state-locked':
      return [{ label: 'Follow what DeskClaw advises', command: 'deskclaw status' }];
    case 'crash':
    case 'not-started':
    case 'unknown':
      return [{ label: 'Report the crash to the makers of the gateway, with its last output' }];
    case 'requested':
      return [];
    default:
      return cause satisfies never;
  }
}

function causeAdvice(row: ExplainedRow): readonly Advice[] {
  if (row.type === 'action') return [];
  switch (row.cause.kind) {
    case 'exit':
      return exitAdvice((row.lastExit ?? row.cause.exit).cause);
    case 'unresponsive':
      return [
        {
          label: 'If it was at work, let it take longer: raise health.unresponsiveAfterMs in the settings',
          command: 'deskclaw config path',
        },
      ];
    case 'connection':
      return [{ label: 'Check the gateway now', command: 'deskclaw health' }];
    case 'host-killed':
      return [
        { label: 'Look for what ended the host: a script, a logout, or the system', command: 'journalctl --since -1h' },
      ];
    case 'failed':
      return [];
    default:
      return row.cause satisfies never;
  }
}

/** Returns what to do so that it does not happen again, and what to do now where the gateway is not back. */
export function adviceFor(row: ExplainedRow): readonly Advice[] {
  const isDown = row.type === 'action' || row.end === 'given-up' || row.end === 'open';
  const again: readonly Advice[] =
    row.type === 'action'
      ? // Trying the same again is advised there, where it can help.
        [{ label: 'Read what the last failure advises', command: 'deskclaw status' }]
      : isDown
        ? [
            // It still runs: a start would find it running and do nothing.
            row.cause.kind === 'unresponsive' && row.end === 'open'
              ? { label: 'Restart it', command: 'deskclaw restart' }
              : { label: 'Start it again', command: 'deskclaw start' },
          ]
        : [];
  return [logsAround(row), ...causeAdvice(row), ...again];
}
