import {
  type ChannelStatusEvent,
  describeExit,
  type GatewayStatus,
  type HealthReport,
  type HealthVerdict,
  type JournalCategory,
  type JournalRecord,
  type Problem,
} from '@deskclaw/protocol';
import type { ConnectionState } from '../connection/state.ts';
import type { Clock } from '../ports/clock.ts';
import type { SupervisorEvent } from '../supervisor/event.ts';
import { childOf, type ExitRecord, type SupervisorState } from '../supervisor/state.ts';

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

/** The signal that a change of stage sends to the main process; `undefined` for none. What is left of its tree is always killed. */
function signalSent(from: SupervisorState, to: SupervisorState, cause: SupervisorEvent['type']): string | undefined {
  if (to.name !== 'terminating') return undefined;
  const before = from.name === 'terminating' ? from.stage.step : undefined;
  if (before === to.stage.step) return undefined;
  if (to.stage.step === 'sigterm-sent') return 'sigterm';
  return to.stage.step === 'reaping' && cause !== 'exited' ? 'sigkill' : undefined;
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
  /** The verdict on the running gateway, and since when it holds (monotonic ms). */
  #health: { readonly verdict: HealthVerdict; readonly since: number } | undefined;
  #lastReport: HealthReport | undefined;

  constructor(clock: Clock, emit: (record: JournalRecord) => void) {
    this.#clock = clock;
    this.#emit = emit;
  }

  add(category: JournalCategory, what: string, details: Details = {}): void {
    this.#emit({ at: Math.round(this.#clock.wallTime()), category, what, ...details });
  }

  processTransition(from: SupervisorState, to: SupervisorState, cause: SupervisorEvent['type']): void {
    const signal = signalSent(from, to, cause);
    const child = childOf(to);
    if (signal !== undefined && child !== undefined)
      this.add('process', signal, { cause, data: { pid: child.pid, by: 'DeskClaw' } });
    if (from.name === to.name) return;
    this.add('process', to.name, { cause, durationMs: Math.round(to.since - from.since), ...processCause(to) });
  }

  exit(exit: ExitRecord): void {
    this.add('process', 'exit', {
      cause: `${exit.cause} (${describeExit(exit)})`,
      durationMs: Math.round(exit.livedMs),
      data: {
        pid: exit.pid,
        code: exit.code,
        signal: exit.signal,
        lastLines: exit.lastLines,
        ...(exit.said === undefined ? {} : { said: exit.said }),
      },
    });
  }

  /** Records a request that failed without a record of the process: before a spawn, or while the gateway ran on. */
  failed({ code, title, detail }: Problem, isRunning: boolean): void {
    const details = { cause: `${title}: ${detail}`, data: { code } };
    if (isRunning) this.add('intent', 'failed', details);
    else this.add('process', 'failed', details);
  }

  /** Remembers the evidence for the next change of the verdict. */
  healthReport(report: HealthReport): void {
    this.#lastReport = report;
  }

  /** Records a change of the verdict on a running gateway. `unknown` and `down` say what its process and connection show already. */
  healthVerdict({ health, problem }: Pick<GatewayStatus, 'health' | 'problem'>): void {
    const before = this.#health;
    if (health === before?.verdict) return;
    const since = this.#clock.now();
    this.#health = health === 'unknown' || health === 'down' ? undefined : { verdict: health, since };
    if (this.#health === undefined || (before === undefined && health === 'ok')) return;
    this.add('health', health, {
      ...(problem === undefined ? {} : { cause: problem.detail }),
      ...(before === undefined ? {} : { durationMs: Math.round(since - before.since) }),
      ...(this.#lastReport === undefined ? {} : { data: { evidence: this.#lastReport.evidence } }),
    });
  }

  channel({ channelId, status, error }: ChannelStatusEvent): void {
    this.add('channel', status, { ...(error === undefined ? {} : { cause: error }), data: { channelId } });
  }

  /** @param lostRequests how many requests failed since the connection was ready before; their outcome is unknown where they were sent. */
  connectionTransition(from: ConnectionState, to: ConnectionState, lostRequests = 0): void {
    const booting = to.name === 'waiting' && to.policy === 'booting';
    if (from.name === to.name || quietSteps.has(to.name) || booting || isStillRefused(from, to)) return;
    const { data, ...details } = connectionCause(to);
    const lost = to.name === 'ready' && lostRequests > 0 ? { lostRequests } : {};
    this.add('connection', to.name, {
      durationMs: Math.round(to.since - from.since),
      ...details,
      ...(data === undefined ? {} : { data: { ...data, ...lost } }),
    });
  }
}
