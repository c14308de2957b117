import { describeExit } from '../catalogue.ts';
import type { JournalRecord } from '../journal.ts';
import type { HistoryRow, Incident, IncidentEnd, RecordedExit, UserAction } from './rows.ts';

/** What a row says: a sentence without its full stop, and what is known besides. */
export interface RowText {
  readonly title: string;
  readonly details: readonly string[];
}

function times(count: number): string {
  return count === 1 ? '' : count === 2 ? ' twice' : ` ${String(count)} times`;
}

const exitTitles: Readonly<Record<RecordedExit['cause'], (count: number) => string>> = {
  crash: (count) => `The gateway crashed${times(count)}`,
  killed: (count) => `The gateway was killed${times(count)} from outside`,
  clean: (count) => `The gateway ended${times(count)} without being asked to`,
  'out-of-memory': (count) => `The gateway ran out of memory${times(count)}`,
  configuration: () => 'The gateway ended: its configuration is not valid',
  'port-in-use': () => 'The gateway ended: its port was in use',
  runtime: () => 'The gateway ended: its runtime does not fit',
  'not-started': () => 'The gateway ended before it had started',
  'managed-elsewhere': () => 'The gateway ended: another manager has claimed its state',
  'newer-state': () => 'The gateway ended: a newer version has written its state',
  'state-locked': () => 'The gateway ended: another process uses its state',
  requested: () => 'The gateway was stopped',
  unknown: (count) => `The gateway ended${times(count)}`,
};

function incidentTitle({ cause, exits }: Incident): string {
  switch (cause.kind) {
    case 'exit':
      return exitTitles[cause.exit.cause](Math.max(1, exits));
    case 'unresponsive':
      return 'The gateway stopped answering';
    case 'connection':
      return 'The connection to the gateway was lost';
    case 'host-killed':
      return 'The DeskClaw host was killed';
    case 'failed':
      return 'Automatic restarts stopped';
    default:
      return cause satisfies never;
  }
}

const endTexts: Readonly<Record<IncidentEnd, string>> = {
  recovered: ' and came back',
  'given-up': ' and was given up',
  stopped: ', until you stopped it',
  restarted: ', until you started it again',
  'host-ended': ', until DeskClaw ended',
  open: ' and is not back yet',
};

/** Words of a line that says why a program ended. Node prints its version after it, other programs a trace of the stack. */
const complaint =
  /\b(?:\w*error|cannot|can't|could not|fail(?:ed|ure)?|fatal|panic|\w*exception|denied|not found|no such|invalid)\b/i;

/** The line that says why a program ended: the first that complains, else the last. */
function lastWords(exit: RecordedExit | undefined): readonly string[] {
  const lines = exit?.lastLines.filter((each) => each.trim() !== '') ?? [];
  const line = exit?.said ?? lines.find((each) => complaint.test(each)) ?? lines.at(-1);
  return line === undefined ? [] : [`last output: ${line.trim()}`];
}

/** The first line; with the next one, where it only announces it. */
function firstLine(text: string): string {
  const [first = '', second = ''] = text.split('\n', 2);
  return first.endsWith(':') && second !== '' ? `${first} ${second.trim()}` : first;
}

function incidentDetails(incident: Incident): readonly string[] {
  const { cause, lastExit, lostRequests, attempts } = incident;
  const lost = lostRequests === 0 ? [] : [`${String(lostRequests)} request${lostRequests === 1 ? '' : 's'} lost`];
  switch (cause.kind) {
    case 'exit':
      return [describeExit(lastExit ?? cause.exit), ...lastWords(lastExit ?? cause.exit), ...lost];
    case 'unresponsive':
    case 'failed':
      return [firstLine(cause.detail), ...lost];
    case 'connection':
      return [firstLine(cause.detail), ...(attempts === 0 ? [] : [`${String(attempts)} attempts failed`]), ...lost];
    case 'host-killed':
      return [
        ...(cause.hostPid === undefined ? [] : [`the host was pid ${String(cause.hostPid)}`]),
        ...(incident.pid === undefined ? [] : [`the gateway was pid ${String(incident.pid)}`]),
        ...lost,
      ];
    default:
      return cause satisfies never;
  }
}

const actionTitles: Readonly<
  Record<UserAction['what'], { readonly done: string; readonly failed: string; readonly open: string }>
> = {
  start: { done: 'Started', failed: 'Start failed', open: 'Starting' },
  restart: { done: 'Restarted', failed: 'Restart failed', open: 'Restarting' },
  stop: { done: 'Stopped', failed: 'Stop failed', open: 'Stopping' },
};

/** What the program printed last is said once. */
function failedActionText(
  failed: string,
  reason: string,
  lastExit: RecordedExit | undefined,
  asked: readonly string[],
): RowText {
  const isSaid = lastExit?.said !== undefined && reason.includes(lastExit.said);
  return { title: `${failed}: ${reason}`, details: [...(isSaid ? [] : lastWords(lastExit)), ...asked] };
}

function actionText({
  what,
  outcome,
  failure,
  lastExit,
  pid,
  program,
  command,
  by,
  insider,
  records,
}: UserAction): RowText {
  const title = actionTitles[what];
  const asked = [command, insider].flatMap((each) => (each === undefined ? [] : [each]));
  const names = what === 'stop' || program === undefined ? [] : [program];
  const process = pid === undefined || what === 'stop' ? [] : [`pid ${String(pid)}`];
  const isForced = what === 'stop' && records.some((record) => record.what === 'sigkill');
  const forced = isForced ? ['it did not end by SIGTERM and got SIGKILL'] : [];
  switch (outcome) {
    case 'done':
      return {
        title: by === 'adoption' ? 'Adopted by a new host' : by === 'shutdown' ? 'Stopped with the host' : title.done,
        details: [...names, ...process, ...forced, ...asked],
      };
    case 'failed':
      return failedActionText(title.failed, firstLine(failure?.detail ?? 'the reason is unknown'), lastExit, asked);
    case 'superseded':
      return { title: `${title.open}, until a newer request replaced it`, details: asked };
    case 'interrupted':
      return { title: `${title.open}, until the host ended`, details: asked };
    case 'open':
      return { title: title.open, details: asked };
    default:
      return outcome satisfies never;
  }
}

const noteTitles: Readonly<Record<string, string>> = {
  'channel error': 'A channel failed',
  'clock jumped': 'The clock of the machine jumped',
  'clock slept': 'The machine slept, or DeskClaw was suspended',
  'configuration repaired': 'The configuration of OpenClaw was repaired',
  'configuration failed': 'The configuration of OpenClaw could not be repaired',
  'recovery step': 'DeskClaw took a recovery step',
  'recovery asked': 'A recovery step waits for you: deskclaw recover',
  'recovery proven': 'The gateway stayed up after a recovery step',
  'recovery given-up': 'No recovery step is left',
};

function noteText({ category, what, cause, data }: JournalRecord): RowText {
  const key = `${category} ${what}`;
  const title = Object.hasOwn(noteTitles, key)
    ? (noteTitles[key] ?? key)
    : `${category === 'upgrade' ? 'Upgrade' : category} ${what}`;
  const channel = data?.['channelId'];
  return {
    title: typeof channel === 'string' ? `${title}: ${channel}` : title,
    details: cause === undefined ? [] : [firstLine(cause)],
  };
}

/** Returns what a row of a history says. */
export function describeRow(row: HistoryRow): RowText {
  switch (row.type) {
    case 'incident':
      return { title: `${incidentTitle(row)}${endTexts[row.end]}`, details: incidentDetails(row) };
    case 'action':
      return actionText(row);
    case 'note':
      return noteText(row.record);
    default:
      return row satisfies never;
  }
}

/** Returns how DeskClaw noticed an interruption. */
export function describeNotice({ cause }: Incident): string {
  switch (cause.kind) {
    case 'exit':
      return 'DeskClaw noticed it by the exit of the process';
    case 'unresponsive':
      return 'DeskClaw noticed it by checks that got no answer';
    case 'connection':
      return 'DeskClaw noticed it by the connection';
    case 'host-killed':
      return 'The next host noticed it by the time stamp of the one before';
    case 'failed':
      return 'DeskClaw stopped by itself';
    default:
      return cause satisfies never;
  }
}

type StepText = (record: JournalRecord) => string;

function pidOf({ data }: JournalRecord): string {
  const pid = data?.['pid'];
  return typeof pid === 'number' ? ` (pid ${String(pid)})` : '';
}

function why({ cause }: JournalRecord): string {
  return cause === undefined ? '' : `: ${firstLine(cause)}`;
}

const stepTexts: Readonly<Record<string, StepText>> = {
  'intent start': () => 'A start was requested',
  'intent restart': () => 'A restart was requested',
  'intent stop': () => 'A stop was requested',
  'intent failed': (record) => `The request failed${why(record)}`,
  'process spawned': (record) => `DeskClaw started the process${pidOf(record)}`,
  'process adopted': (record) => `DeskClaw adopted the running process${pidOf(record)}`,
  'process running': () => 'The gateway was ready',
  'process exit': (record) => `The process ended${pidOf(record)}: ${describeExit(readExitFacts(record))}`,
  'process backoff': () => 'DeskClaw waited before the next start',
  'process failed': (record) => `DeskClaw gave up${why(record)}`,
  'process sigterm': (record) => `DeskClaw sent SIGTERM${pidOf(record)}`,
  'process sigkill': (record) => `DeskClaw sent SIGKILL${pidOf(record)}`,
  'process restarting-itself': (record) => `The gateway announced that it restarts itself${why(record)}`,
  'process restarted-itself': () => 'The gateway had restarted itself',
  'connection waiting': (record) => `The connection failed${why(record)}`,
  'connection paused': (record) => `The gateway refused the connection${why(record)}`,
  'connection exhausted': (record) => `DeskClaw tries only at long intervals now${why(record)}`,
  'connection ready': () => 'DeskClaw was connected',
  'health busy': (record) => `The gateway was busy${why(record)}`,
  'health unresponsive': (record) => `The gateway did not answer${why(record)}`,
  'health ok': () => 'The gateway answered again',
  'recovery step': (record) => `DeskClaw took a recovery step${why(record)}`,
  'recovery skipped': (record) => `A recovery step did not apply${why(record)}`,
  'recovery asked': (record) => `A recovery step waited for you${why(record)}`,
  'recovery proven': () => 'The gateway stayed up after the recovery step',
  'recovery given-up': (record) => `No recovery step was left${why(record)}`,
  'host started': (record) => `A host started${pidOf(record)}`,
  'host ended': () => 'The host ended',
  'host killed': (record) => `The host${pidOf(record)} was killed, or its machine stopped`,
};

function readExitFacts({ data = {} }: JournalRecord): Pick<RecordedExit, 'code' | 'signal'> {
  const { code, signal } = data;
  return { code: typeof code === 'number' ? code : null, signal: typeof signal === 'string' ? signal : null };
}

/** Returns the step of a story that a record tells; `undefined` for the inner states of DeskClaw. */
export function describeStep(record: JournalRecord): string | undefined {
  const key = `${record.category} ${record.what}`;
  return Object.hasOwn(stepTexts, key) ? stepTexts[key]?.(record) : undefined;
}
