import type { JournalRecord } from '../journal.ts';
import type { ExitCause } from '../problem.ts';

/** How a process ended, as its journal record says. */
export interface RecordedExit {
  readonly code: number | null;
  readonly signal: string | null;
  readonly cause: ExitCause | 'unknown';
  readonly pid?: number;
  /** Last lines of output, oldest first. */
  readonly lastLines: readonly string[];
  /** Last error, or last line with words. Missing in records of DeskClaw 0.2.0 and older. */
  readonly said?: string;
}

/** Why a gateway was interrupted, by the strongest evidence: an exit explains more than silence, silence more than a socket. */
export type IncidentCause =
  | { readonly kind: 'exit'; readonly exit: RecordedExit }
  | { readonly kind: 'unresponsive'; readonly detail: string }
  | { readonly kind: 'connection'; readonly detail: string }
  /** The host was killed, so nobody watched the gateway. */
  | { readonly kind: 'host-killed'; readonly hostPid?: number }
  /** Automatic recovery stopped for a reason of its own, such as a port that another program took. */
  | { readonly kind: 'failed'; readonly detail: string };

/**
 * How an interruption ended. `recovered`: by itself. `given-up`: DeskClaw stopped trying. `stopped`, `restarted`: a user's
 * request ended it. `host-ended`: DeskClaw ended. `open`: it lasts.
 */
export type IncidentEnd = 'recovered' | 'given-up' | 'stopped' | 'restarted' | 'host-ended' | 'open';

/** One interruption: consecutive journal records with one cause and one end. Times are epoch ms. */
export interface Incident {
  readonly type: 'incident';
  readonly at: number;
  /** When it ended; the time of the question while it lasts. */
  readonly to: number;
  readonly cause: IncidentCause;
  readonly end: IncidentEnd;
  /** Exits that nobody asked for. */
  readonly exits: number;
  /** The newest of them. */
  readonly lastExit?: RecordedExit;
  /** Processes that DeskClaw started meanwhile. */
  readonly starts: number;
  /** Attempts to reconnect that failed. */
  readonly attempts: number;
  /** Requests that failed by it, as far as known; the outcome of those that were sent is unknown. */
  readonly lostRequests: number;
  readonly pid?: number;
  readonly program?: string;
  readonly records: readonly JournalRecord[];
}

/** A request of a user, and what became of it. */
export interface UserAction {
  readonly type: 'action';
  readonly at: number;
  readonly to: number;
  readonly what: 'start' | 'stop' | 'restart';
  /** The command line that says the same. */
  readonly command?: string;
  /** Which kind of client asked. */
  readonly by?: string;
  /** The process that asked, in a sentence, where it runs inside the gateway. */
  readonly insider?: string;
  readonly outcome: 'done' | 'failed' | 'superseded' | 'interrupted' | 'open';
  readonly failure?: { readonly detail: string; readonly code?: string };
  readonly lastExit?: RecordedExit;
  readonly pid?: number;
  readonly program?: string;
  readonly records: readonly JournalRecord[];
}

/** Something else that happened once: an upgrade, a repaired configuration, a clock that jumped, a broken channel. */
export interface HistoryNote {
  readonly type: 'note';
  readonly at: number;
  readonly to: number;
  readonly record: JournalRecord;
  readonly records: readonly JournalRecord[];
}

export type HistoryRow = Incident | UserAction | HistoryNote;

const exitCauses: ReadonlySet<unknown> = new Set<ExitCause>([
  'requested',
  'clean',
  'configuration',
  'port-in-use',
  'runtime',
  'out-of-memory',
  'killed',
  'not-started',
  'managed-elsewhere',
  'newer-state',
  'state-locked',
  'crash',
]);

function isExitCause(value: unknown): value is ExitCause {
  return exitCauses.has(value);
}

/** Reads the record of an exit, `{ cause: "crash (exit code 3)", data: { code, signal, pid, lastLines } }`. */
export function readExit({ cause = '', data = {} }: JournalRecord): RecordedExit {
  const [name = ''] = cause.split(' ', 1);
  const { code, signal, pid, lastLines, said } = data;
  return {
    code: typeof code === 'number' ? code : null,
    signal: typeof signal === 'string' ? signal : null,
    cause: isExitCause(name) ? name : 'unknown',
    ...(typeof pid === 'number' ? { pid } : {}),
    lastLines: Array.isArray(lastLines) ? lastLines.filter((line): line is string => typeof line === 'string') : [],
    ...(typeof said === 'string' ? { said } : {}),
  };
}
