import { describeProblem, type Problem } from '@deskclaw/protocol';
import type { Session } from '../dialect/session.ts';
import { askedDelay, backoffDelay, bootDelay, HINT_GAP_MS } from './backoff.ts';
import type { ConnectionConfig } from './config.ts';
import { type BeatAct, type BeatStep, checkBeat, STANDSTILL_MS, startBeat, wakeBeat } from './heartbeat.ts';
import type { ConnectionEnd, ConnectionFailure, ConnectionState, RetryPolicy } from './state.ts';

/** When something happened, and a random number for whatever it leads to: the reducer has neither clock nor dice. */
export interface Moment {
  /** Monotonic ms. */
  readonly at: number;
  /** Epoch ms. */
  readonly epoch: number;
  /** Uniform in [0, 1). */
  readonly random: number;
}

export type ConnectionInput =
    | { readonly type: 'connect'; readonly policy: RetryPolicy }
    /** Someone or something says that trying now is worthwhile. */
    | { readonly type: 'reconnect'; readonly cause: 'user' | 'wake' | 'network' }
    /** The gateway's process showed a sign of life. */
    | { readonly type: 'hint' }
    | { readonly type: 'disconnect'; readonly problem: Problem }
    /** The process behind it is gone; another may come. */
    | { readonly type: 'suspend'; readonly problem: Problem }
    | { readonly type: 'opened'; readonly generation: number }
    | { readonly type: 'accepted'; readonly generation: number; readonly session: Session; readonly intervalMs: number }
    | { readonly type: 'failed'; readonly generation: number; readonly ended: ConnectionEnd }
    /** The time that `dueAt` named has come. */
    | { readonly type: 'due'; readonly lastFrameAt: number; readonly sleptMs: number; readonly intervalMs: number };

export type ConnectionEvent = Moment & ConnectionInput;

export type ConnectionEffect =
  | { readonly type: 'open'; readonly generation: number }
  /** `close`: say goodbye. `terminate`: a broken socket is not drained. */
  | { readonly type: 'end'; readonly how: 'close' | 'terminate' }
  | { readonly type: 'attach'; readonly session: Session }
  /** What becomes of requests: `keep` those that may be sent (again) later, or `reject` all. */
  | { readonly type: 'detach'; readonly requests: 'keep' | 'reject'; readonly problem: Problem }
  | { readonly type: 'beat'; readonly act: Exclude<BeatAct, 'replace'> }
  /** For whoever listens: an attempt or a connection is over. */
  | { readonly type: 'ended'; readonly ended: ConnectionEnd };

export interface Step {
  readonly state: ConnectionState;
  readonly effects: readonly ConnectionEffect[];
}

type Attempting = Extract<ConnectionState, { readonly name: 'connecting' | 'handshaking' }>;
type Ready = Extract<ConnectionState, { readonly name: 'ready' }>;

const terminate: ConnectionEffect = { type: 'end', how: 'terminate' };

export function initialState(at: number): ConnectionState {
  return { name: 'closed', generation: 0, since: at };
}

/** When this state wants to hear `due`; undefined where it waits for nothing. */
export function dueAt(state: ConnectionState): number | undefined {
  switch (state.name) {
    case 'connecting':
    case 'handshaking':
      return state.deadline;
    case 'waiting':
    case 'exhausted':
      return state.retryAt;
    case 'ready':
      return state.beat.dueAt;
    case 'closed':
    case 'paused':
      return undefined;
    default:
      return state satisfies never;
  }
}

function stay(state: ConnectionState): Step {
  return { state, effects: [] };
}

interface Attempt {
  readonly attempt: number;
  readonly policy: RetryPolicy | 'probing';
  readonly began: number;
  readonly last?: Problem;
}

function begin(from: ConnectionState, next: Attempt, moment: Moment, config: ConnectionConfig): Step {
  const generation = from.generation + 1;
  const { attempt, policy, began, last } = next;
  const problem = last ?? describeProblem('connection.closed', { detail: 'It is being opened.' }, moment.epoch);
  return {
    state: {
      name: 'connecting',
      generation,
      since: moment.at,
      attempt,
      policy,
      began,
      ...(last === undefined ? {} : { last }),
      deadline: moment.at + config.handshakeTimeoutMs,
    },
    effects: [
      { type: 'detach', requests: 'keep', problem },
      { type: 'open', generation },
    ],
  };
}

function after(effects: readonly ConnectionEffect[], step: Step): Step {
  return { state: step.state, effects: [...effects, ...step.effects] };
}

/** What counts against the budget so far: nothing, where the connection held long enough. */
function streakOf(state: Attempting | Ready, at: number, config: ConnectionConfig): Attempt {
  if (state.name !== 'ready') return state;
  const isStable = at - state.since >= config.reconnect.stableAfterMs;
  return { attempt: isStable ? 0 : state.attempt, policy: 'steady', began: at };
}

function wait(from: ConnectionState, streak: Attempt, reason: 'backoff' | 'asked', retryAt: number, at: number, last: Problem): Step {
  const policy = streak.policy === 'booting' ? 'booting' : 'steady';
  const { generation } = from;
  const { attempt, began } = streak;
  return {
    state: { name: 'waiting', generation, since: at, attempt, policy, began, retryAt, last, reason },
    effects: [terminate, { type: 'detach', requests: 'keep', problem: last }],
  };
}

function exhaust(from: ConnectionState, lastError: string, moment: Moment, config: ConnectionConfig): Step {
  const { maxAttempts: attempts, probeEveryMs } = config.reconnect;
  const problem = describeProblem('connection.exhausted', { attempts, lastError, probeEveryMs }, moment.epoch);
  // A tenth of spread, so that a thousand exhausted clients do not probe in one breath for ever.
  const retryAt = moment.at + probeEveryMs * (1 - moment.random / 10);
  return {
    state: { name: 'exhausted', generation: from.generation, since: moment.at, attempt: attempts, retryAt, last: problem },
    effects: [terminate, { type: 'detach', requests: 'reject', problem }],
  };
}

/** Retry without a time of the peer's own: by policy and budget. */
function retry(state: Attempting | Ready, streak: Attempt, last: Problem, moment: Moment, config: ConnectionConfig): Step {
  const { at, random } = moment;
  if (streak.policy === 'booting') return wait(state, streak, 'backoff', at + bootDelay(at - streak.began), at, last);
  const attempt = streak.attempt + 1;
  if (streak.policy === 'probing' || attempt > config.reconnect.maxAttempts) {
    return exhaust(state, last.detail, moment, config);
  }
  const retryAt = at + backoffDelay(config.reconnect, attempt, random);
  return wait(state, { ...streak, attempt }, 'backoff', retryAt, at, last);
}

function fail(state: Attempting | Ready, ended: ConnectionEnd, moment: Moment, config: ConnectionConfig): Step {
  const whole: ConnectionEnd = state.name === 'ready' ? { ...ended, readyForMs: moment.at - state.since } : ended;
  const step = judge(state, ended.failure, moment, config);
  return { state: step.state, effects: [...step.effects, { type: 'ended', ended: whole }] };
}

function judge(state: Attempting | Ready, failure: ConnectionFailure, moment: Moment, config: ConnectionConfig): Step {
  const { at, random } = moment;
  const { problem, verdict } = failure;
  const streak = streakOf(state, at, config);
  switch (verdict.kind) {
    case 'pause':
      return {
        state: { name: 'paused', generation: state.generation, since: at, last: problem },
        effects: [terminate, { type: 'detach', requests: 'reject', problem }],
      };
    case 'retry-after':
      return wait(state, streak, 'asked', at + askedDelay(verdict.ms, random), at, problem);
    case 'retry-now': {
      if (streak.attempt > 0 || streak.policy === 'probing') return retry(state, streak, problem, moment, config);
      const attempt = streak.policy === 'booting' ? 0 : 1;
      return after([terminate], begin(state, { ...streak, attempt, last: problem }, moment, config));
    }
    case 'retry':
      return retry(state, streak, problem, moment, config);
    default:
      return verdict satisfies never;
  }
}

function connect(state: ConnectionState, policy: RetryPolicy, moment: Moment, config: ConnectionConfig): Step {
  const fresh = { attempt: 0, policy, began: moment.at };
  switch (state.name) {
    case 'ready':
      return stay(state);
    case 'connecting':
    case 'handshaking':
      return state.policy === policy ? stay(state) : stay({ ...state, ...fresh });
    case 'closed':
      return begin(state, fresh, moment, config);
    case 'waiting':
    case 'exhausted':
    case 'paused':
      return begin(state, { ...fresh, last: state.last }, moment, config);
    default:
      return state satisfies never;
  }
}

function reconnect(state: ConnectionState, cause: 'user' | 'wake' | 'network', moment: Moment, config: ConnectionConfig): Step {
  const { at } = moment;
  const isUser = cause === 'user';
  switch (state.name) {
    case 'closed':
    case 'connecting':
    case 'handshaking':
      return stay(state);
    case 'ready':
      return isUser || state.beat.phase !== 'alive' ? stay(state) : beat(state, wakeBeat(at, config.heartbeat), moment, config);
    case 'waiting':
      return begin(state, isUser ? { ...state, attempt: 0, began: at } : state, moment, config);
    case 'exhausted':
      return begin(state, { attempt: 0, policy: 'steady', began: at, last: state.last }, moment, config);
    case 'paused':
      // A wake-up changes nothing about a refused token.
      return isUser ? begin(state, { attempt: 0, policy: 'steady', began: at, last: state.last }, moment, config) : stay(state);
    default:
      return state satisfies never;
  }
}

/** A sign of life is worth a try while booting and for the first reconnect; after that, a flapping process would set the pace. */
function hint(state: ConnectionState, moment: Moment, config: ConnectionConfig): Step {
  if (state.name !== 'waiting' || state.reason === 'asked') return stay(state);
  if (state.policy === 'steady' && state.attempt > 1) return stay(state);
  const soonest = state.since + HINT_GAP_MS;
  if (moment.at >= soonest) return begin(state, state, moment, config);
  return stay({ ...state, retryAt: Math.min(state.retryAt, soonest) });
}

function beat(state: Ready, step: BeatStep, moment: Moment, config: ConnectionConfig): Step {
  const effects: ConnectionEffect[] = [];
  for (const act of step.acts) {
    if (act === 'replace') return fail(state, { failure: silence(state, moment) }, moment, config);
    effects.push({ type: 'beat', act });
  }
  return { state: { ...state, beat: step.beat }, effects };
}

function silence(state: Ready, { at, epoch }: Moment): ConnectionFailure {
  const seconds = 'since' in state.beat ? Math.round((at - state.beat.since) / 1_000) : 0;
  const detail = `It answered neither pings nor a request; the last wait took ${String(seconds)} s. The connection is replaced.`;
  return { verdict: { kind: 'retry-now' }, problem: describeProblem('gateway.unresponsive', { detail }, epoch) };
}

function overdue(state: Attempting, moment: Moment, sleptMs: number, config: ConnectionConfig): Step {
  const { at, epoch } = moment;
  // The time we slept through was not the gateway's: the same attempt once more.
  if (Math.max(at - state.deadline, sleptMs) > STANDSTILL_MS) return after([terminate], begin(state, state, moment, config));
  const facts = { url: config.address, step: state.name, waitedMs: at - state.since };
  const failure: ConnectionFailure = { verdict: { kind: 'retry' }, problem: describeProblem('connection.timeout', facts, epoch) };
  return fail(state, { failure }, moment, config);
}

function due(state: ConnectionState, event: Extract<ConnectionEvent, { readonly type: 'due' }>, config: ConnectionConfig): Step {
  const time = dueAt(state);
  // Timers may fire a little early; the interpreter sets them again.
  if (time === undefined || event.at < time) return stay(state);
  switch (state.name) {
    case 'connecting':
    case 'handshaking':
      return overdue(state, event, event.sleptMs, config);
    case 'waiting':
      return begin(state, state, event, config);
    case 'exhausted':
      return begin(state, { attempt: state.attempt, policy: 'probing', began: event.at, last: state.last }, event, config);
    case 'ready': {
      const facts = { now: event.at, lastFrameAt: event.lastFrameAt, sleptMs: event.sleptMs, intervalMs: event.intervalMs };
      return beat(state, checkBeat(state.beat, facts, config.heartbeat), event, config);
    }
    case 'closed':
    case 'paused':
      return stay(state);
    default:
      return state satisfies never;
  }
}

function hasSocket(state: ConnectionState): state is Attempting | Ready {
  return state.name === 'connecting' || state.name === 'handshaking' || state.name === 'ready';
}

function shut(state: ConnectionState, how: 'close' | 'terminate', requests: 'keep' | 'reject', problem: Problem, at: number): Step {
  const closed: ConnectionState = { name: 'closed', generation: state.generation, since: at };
  const detach: ConnectionEffect = { type: 'detach', requests, problem };
  return {
    state: state.name === 'closed' ? state : closed,
    effects: hasSocket(state) ? [{ type: 'end', how }, detach] : [detach],
  };
}

/** Everything the connection decides: pure, total, and blind to events of sockets that are no longer its own. */
export function reduce(state: ConnectionState, event: ConnectionEvent, config: ConnectionConfig): Step {
  switch (event.type) {
    case 'connect':
      return connect(state, event.policy, event, config);
    case 'reconnect':
      return reconnect(state, event.cause, event, config);
    case 'hint':
      return hint(state, event, config);
    case 'disconnect':
      return shut(state, 'close', 'reject', event.problem, event.at);
    case 'suspend':
      return shut(state, 'terminate', 'keep', event.problem, event.at);
    case 'opened':
      if (state.name !== 'connecting' || state.generation !== event.generation) return stay(state);
      return stay({ ...state, name: 'handshaking' });
    case 'accepted': {
      if (state.name !== 'handshaking' || state.generation !== event.generation) return stay(state);
      const { generation, attempt } = state;
      const { at, session, intervalMs } = event;
      return {
        state: { name: 'ready', generation, since: at, attempt, session, beat: startBeat(at, intervalMs) },
        effects: [{ type: 'attach', session }],
      };
    }
    case 'failed':
      if (!hasSocket(state) || state.generation !== event.generation) return stay(state);
      return fail(state, event.ended, event, config);
    case 'due':
      return due(state, event, config);
    default:
      return event satisfies never;
  }
}
