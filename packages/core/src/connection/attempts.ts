import { describeProblem, type Problem } from '@deskclaw/protocol';
import { HINT_GAP_MS } from './backoff.ts';
import type { ConnectionConfig } from './config.ts';
import type { ConnectionState, RetryPolicy } from './state.ts';
import { type Moment, type Step, stay } from './transition.ts';

/** Where an attempt stands in its streak. */
export interface Attempt {
  readonly attempt: number;
  readonly policy: RetryPolicy | 'probing';
  readonly began: number;
  readonly last?: Problem;
}

/** A new socket, under a new generation. Requests that may wait do so from here on. */
export function begin(from: ConnectionState, next: Attempt, moment: Moment, config: ConnectionConfig): Step {
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

/** Someone wants it up. */
export function connect(state: ConnectionState, policy: RetryPolicy, moment: Moment, config: ConnectionConfig): Step {
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

/**
 * A sign of life of the process. While booting it is worth a try at once; in steady times only the first reconnect is, or a
 * process that flaps would set the pace. A time that the peer named itself is kept.
 */
export function hint(state: ConnectionState, moment: Moment, config: ConnectionConfig): Step {
  if (state.name !== 'waiting' || state.reason === 'asked') return stay(state);
  if (state.policy === 'steady' && state.attempt > 1) return stay(state);
  const soonest = state.since + HINT_GAP_MS;
  if (moment.at >= soonest) return begin(state, state, moment, config);
  return soonest < state.retryAt ? stay({ ...state, retryAt: soonest }) : stay(state);
}
