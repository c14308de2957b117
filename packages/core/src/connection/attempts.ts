import { describeProblem, type Problem } from '@deskclaw/protocol';
import { RETRY_SOON_GAP_MS } from './backoff.ts';
import type { ConnectionConfig } from './config.ts';
import type { ConnectionState, RetryPolicy } from './state.ts';
import { type EventTime, type Step, unchanged } from './transition.ts';

/** Where an attempt stands in its streak. */
export interface Attempt {
  readonly attempt: number;
  readonly policy: RetryPolicy | 'probing';
  readonly began: number;
  readonly last?: Problem;
}

/** A new socket, under a new generation. Requests that may wait do so from here on. */
export function begin(from: ConnectionState, next: Attempt, time: EventTime, config: ConnectionConfig): Step {
  const generation = from.generation + 1;
  const { attempt, policy, began, last } = next;
  const problem = last ?? describeProblem('connection.closed', { detail: 'It is being opened.' }, time.epoch);
  return {
    state: {
      name: 'connecting',
      generation,
      since: time.at,
      attempt,
      policy,
      began,
      ...(last === undefined ? {} : { last }),
      deadline: time.at + config.handshakeTimeoutMs,
    },
    effects: [
      { type: 'detach', requests: 'keep', problem },
      { type: 'open', generation },
    ],
  };
}

/** Reduces a request to connect. */
export function connect(state: ConnectionState, policy: RetryPolicy, time: EventTime, config: ConnectionConfig): Step {
  const fresh = { attempt: 0, policy, began: time.at };
  switch (state.name) {
    case 'ready':
      return unchanged(state);
    case 'connecting':
    case 'handshaking':
      return state.policy === policy ? unchanged(state) : unchanged({ ...state, ...fresh });
    case 'closed':
      return begin(state, fresh, time, config);
    case 'waiting':
    case 'exhausted':
    case 'paused':
      return begin(state, { ...fresh, last: state.last }, time, config);
    default:
      return state satisfies never;
  }
}

/**
 * A sign of life of the process. While booting it is worth a try at once; in steady times only the first reconnect is, or a
 * process that flaps would set the pace. A time that the peer named itself is kept.
 */
export function retrySoon(state: ConnectionState, time: EventTime, config: ConnectionConfig): Step {
  if (state.name !== 'waiting' || state.reason === 'peer-delay') return unchanged(state);
  if (state.policy === 'steady' && state.attempt > 1) return unchanged(state);
  const soonest = state.since + RETRY_SOON_GAP_MS;
  if (time.at >= soonest) return begin(state, state, time, config);
  return soonest < state.retryAt ? unchanged({ ...state, retryAt: soonest }) : unchanged(state);
}
