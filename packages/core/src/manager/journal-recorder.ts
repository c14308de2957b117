import { describeExit, type JournalCategory, type JournalRecord } from '@deskclaw/protocol';
import type { ConnectionState } from '../connection/state.ts';
import type { Clock } from '../ports/clock.ts';
import type { SupervisorEvent } from '../supervisor/event.ts';
import type { ExitRecord, SupervisorState } from '../supervisor/state.ts';

type Details = Pick<JournalRecord, 'cause' | 'durationMs' | 'data'>;

function connectionCause(state: ConnectionState): Details {
  switch (state.name) {
    case 'waiting':
    case 'exhausted':
      return { cause: state.last.detail, data: { attempt: state.attempt, code: state.last.code } };
    case 'paused':
      return { cause: state.last.detail, data: { code: state.last.code } };
    case 'ready':
      return { data: { dialect: state.session.dialect, version: state.session.version } };
    case 'closed':
    case 'connecting':
    case 'handshaking':
      return {};
    default:
      return state satisfies never;
  }
}

function processCause(state: SupervisorState): Details {
  switch (state.name) {
    case 'failed':
      return { cause: `${state.problem.title}: ${state.problem.detail}`, data: { code: state.problem.code } };
    case 'backoff':
      return { cause: `${state.problem.title}: ${state.problem.detail}` };
    case 'running':
      return { data: { pid: state.child.pid, bootMs: Math.round(state.bootMs) } };
    case 'idle':
    case 'preflight':
    case 'spawning':
    case 'booting':
    case 'terminating':
      return {};
    default:
      return state satisfies never;
  }
}

/** States that are not recorded: while a gateway boots, the connection passes through them dozens of times. */
const quietSteps: ReadonlySet<ConnectionState['name']> = new Set(['connecting', 'handshaking']);

/** Whether a repeated attempt was refused for the same reason: recorded once, not every ten seconds until a user approves. */
function isStillRefused(from: ConnectionState, to: ConnectionState): boolean {
  if (to.name !== 'paused' || !('policy' in from) || from.policy !== 'probing') return false;
  return from.last?.code === to.last.code && from.last.detail === to.last.detail;
}

/** Turns transitions into journal records, with the duration of the state before. */
export class JournalRecorder {
  readonly #clock: Clock;
  readonly #emit: (record: JournalRecord) => void;

  constructor(clock: Clock, emit: (record: JournalRecord) => void) {
    this.#clock = clock;
    this.#emit = emit;
  }

  add(category: JournalCategory, what: string, details: Details = {}): void {
    this.#emit({ at: Math.round(this.#clock.wallTime()), category, what, ...details });
  }

  processTransition(from: SupervisorState, to: SupervisorState, cause: SupervisorEvent['type']): void {
    if (from.name === to.name) return;
    this.add('process', to.name, { cause, durationMs: Math.round(to.since - from.since), ...processCause(to) });
  }

  exit(exit: ExitRecord): void {
    this.add('process', 'exit', {
      cause: `${exit.cause} (${describeExit(exit)})`,
      durationMs: Math.round(exit.livedMs),
      data: { pid: exit.pid, code: exit.code, signal: exit.signal, lastLines: exit.lastLines },
    });
  }

  connectionTransition(from: ConnectionState, to: ConnectionState): void {
    const booting = to.name === 'waiting' && to.policy === 'booting';
    if (from.name === to.name || quietSteps.has(to.name) || booting || isStillRefused(from, to)) return;
    this.add('connection', to.name, { durationMs: Math.round(to.since - from.since), ...connectionCause(to) });
  }
}
