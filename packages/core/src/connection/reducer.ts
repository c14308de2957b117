import { describeProblem, type Problem } from '@deskclaw/protocol';
import { begin, connect, retrySoon } from './attempts.ts';
import type { ConnectionConfig } from './config.ts';
import {
  aliveHeartbeat,
  checkHeartbeat,
  type HeartbeatStep,
  isUnresponsive,
  startHeartbeat,
  wakeHeartbeat,
} from './heartbeat.ts';
import { fail } from './retry-decision.ts';
import type { ConnectionFailure, ConnectionState } from './state.ts';
import {
  type Attempting,
  after,
  type ConnectionEffect,
  type ConnectionEvent,
  type EventTime,
  type Ready,
  type ReconnectCause,
  type Step,
  terminate,
  unchanged,
} from './transition.ts';

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
    case 'paused':
      return state.retryAt;
    case 'ready':
      return state.heartbeat.dueAt;
    case 'closed':
      return undefined;
    default:
      return state satisfies never;
  }
}

/** Everything the connection decides: pure, total, and blind to events of sockets that are no longer its own. */
export function reduce(state: ConnectionState, event: ConnectionEvent, config: ConnectionConfig): Step {
  switch (event.type) {
    case 'connect':
      return connect(state, event.policy, event, config);
    case 'reconnect':
      return reconnect(state, event.cause, event, config);
    case 'retry-soon':
      return retrySoon(state, event, config);
    case 'disconnect':
      return shut(state, 'close', 'reject', event.problem, event.at);
    case 'suspend':
      return shut(state, event.how ?? 'terminate', 'keep', event.problem, event.at);
    case 'opened':
      if (state.name !== 'connecting' || state.generation !== event.generation) return unchanged(state);
      return unchanged({ ...state, name: 'handshaking' });
    case 'credentials-sent':
      if (state.name !== 'handshaking' || state.generation !== event.generation) return unchanged(state);
      return unchanged({ ...state, deadline: Math.max(state.deadline, event.at + event.answerWithinMs) });
    case 'preparing':
      if (state.name !== 'handshaking' || state.generation !== event.generation) return unchanged(state);
      return unchanged({ ...state, deadline: event.at + event.withinMs });
    case 'accepted': {
      if (state.name !== 'handshaking' || state.generation !== event.generation) return unchanged(state);
      const { generation, attempt } = state;
      const { at, session, intervalMs } = event;
      return {
        state: { name: 'ready', generation, since: at, attempt, session, heartbeat: startHeartbeat(at, intervalMs) },
        effects: [{ type: 'attach', session }],
      };
    }
    case 'failed':
      if (!hasSocket(state) || state.generation !== event.generation) return unchanged(state);
      return fail(state, event.ended, event, config);
    case 'frame-received':
      if (state.name !== 'ready' || !isUnresponsive(state.heartbeat)) return unchanged(state);
      return stepHeartbeat(state, aliveHeartbeat(state.heartbeat, event.at, event.intervalMs), event, config);
    case 'due':
      return due(state, event, config);
    default:
      return event satisfies never;
  }
}

function reconnect(state: ConnectionState, cause: ReconnectCause, time: EventTime, config: ConnectionConfig): Step {
  const fresh = { attempt: 0, policy: 'steady', began: time.at } as const;
  const isUser = cause === 'user';
  switch (state.name) {
    case 'closed':
      return unchanged(state);
    case 'connecting':
    case 'handshaking':
      // What was begun before the sleep, or on another network, has little hope: the same attempt once more.
      if (!isUser) return after([terminate], begin(state, state, time, config));
      // A slow try becomes the first of those a person waits for.
      return unchanged(state.policy === 'probing' ? { ...state, ...fresh } : state);
    case 'ready':
      return isUser
        ? unchanged(state)
        : stepHeartbeat(state, wakeHeartbeat(state.heartbeat, time.at, config.heartbeat), time, config);
    case 'waiting':
      if (isUser) return begin(state, { ...state, attempt: 0, began: time.at }, time, config);
      // A time that the peer named is a floor for everything but a person.
      return state.reason === 'peer-delay' ? unchanged(state) : begin(state, state, time, config);
    case 'exhausted':
      return begin(state, { ...fresh, last: state.last }, time, config);
    case 'paused':
      // A wake-up changes nothing about a refused token.
      return isUser ? begin(state, { ...fresh, last: state.last }, time, config) : unchanged(state);
    default:
      return state satisfies never;
  }
}

function due(
  state: ConnectionState,
  event: Extract<ConnectionEvent, { readonly type: 'due' }>,
  config: ConnectionConfig,
): Step {
  const time = dueAt(state);
  // Timers may fire a little early; the driver sets them again.
  if (time === undefined || event.at < time) return unchanged(state);
  switch (state.name) {
    case 'connecting':
    case 'handshaking':
      return overdue(state, event, config);
    case 'waiting':
      return begin(state, state, event, config);
    case 'exhausted': {
      const { attempt, last } = state;
      return begin(state, { attempt, policy: 'probing', began: event.at, last }, event, config);
    }
    case 'ready': {
      const params = { now: event.at, lastFrameAt: event.lastFrameAt, intervalMs: event.intervalMs };
      return stepHeartbeat(state, checkHeartbeat(state.heartbeat, params, config.heartbeat), event, config);
    }
    case 'paused':
      return begin(state, { attempt: 0, policy: 'probing', began: event.at, last: state.last }, event, config);
    case 'closed':
      return unchanged(state);
    default:
      return state satisfies never;
  }
}

function overdue(state: Attempting, time: EventTime, config: ConnectionConfig): Step {
  const { at, epoch } = time;
  const params = { url: config.address, step: state.name, waitedMs: at - state.since };
  const failure: ConnectionFailure = {
    verdict: { kind: 'retry' },
    problem: describeProblem('connection.timeout', params, epoch),
  };
  return fail(state, { failure }, time, config);
}

function stepHeartbeat(state: Ready, step: HeartbeatStep, time: EventTime, config: ConnectionConfig): Step {
  const effects: ConnectionEffect[] = [];
  for (const action of step.actions) {
    if (action === 'replace') return fail(state, { failure: silenceFailure(state, time) }, time, config);
    effects.push({ type: 'heartbeat', action });
  }
  return { state: { ...state, heartbeat: step.heartbeat }, effects };
}

function silenceFailure(state: Ready, { at, epoch }: EventTime): ConnectionFailure {
  const waited = 'since' in state.heartbeat ? at - state.heartbeat.since : 0;
  const detail = `It answered neither pings nor a request for another ${String(Math.round(waited / 1_000))} s, so the connection is replaced.`;
  return { verdict: { kind: 'retry-now' }, problem: describeProblem('gateway.unresponsive', { detail }, epoch) };
}

function hasSocket(state: ConnectionState): state is Attempting | Ready {
  return state.name === 'connecting' || state.name === 'handshaking' || state.name === 'ready';
}

function shut(
  state: ConnectionState,
  how: 'close' | 'terminate',
  requests: 'keep' | 'reject',
  problem: Problem,
  at: number,
): Step {
  const detach: ConnectionEffect = { type: 'detach', requests, problem };
  // A goodbye may still be under way.
  if (state.name === 'closed')
    return { state, effects: how === 'terminate' ? [{ type: 'end', how }, detach] : [detach] };
  return {
    state: { name: 'closed', generation: state.generation, since: at },
    effects: hasSocket(state) ? [{ type: 'end', how }, detach] : [detach],
  };
}
