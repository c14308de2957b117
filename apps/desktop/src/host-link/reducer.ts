import { backoffDelay, type Problem } from '@deskclaw/protocol';
import type { LinkEffect, LinkEvent, LinkState, LinkStep } from './state.ts';

/** The first delay is short: a host that is just starting opens its socket some milliseconds after it took the lock. */
const retryPolicy = { baseDelayMs: 50, maxDelayMs: 5_000 };

function unchanged(state: LinkState): LinkStep {
  return { state, effects: [] };
}

function step(state: LinkState, ...effects: readonly LinkEffect[]): LinkStep {
  return { state, effects };
}

function wait(
  state: Extract<LinkState, { name: 'connecting' }>,
  problem: Problem,
  at: number,
  random: number,
): LinkStep {
  const failures = state.failures + 1;
  const delayMs = Math.round(backoffDelay(retryPolicy, failures, random));
  const { since, lost } = state;
  return step({ name: 'waiting', failures, since, lost, retryAt: at + delayMs, problem }, { type: 'wait', delayMs });
}

function whileConnecting(
  state: Extract<LinkState, { name: 'connecting' }>,
  event: LinkEvent,
  random: number,
): LinkStep {
  switch (event.type) {
    case 'found':
      return unchanged({ name: 'live', role: 'client', info: event.info, since: event.at });
    case 'started':
      return unchanged({ name: 'live', role: event.role, info: event.info, since: event.at });
    case 'none':
      return step({ ...state, step: 'start-host' }, { type: 'start-host' });
    case 'lost-race':
    case 'failed':
      return wait(state, event.problem, event.at, random);
    case 'lost':
    case 'retry':
      return unchanged(state);
    case 'end':
      return step({ name: 'ended' }, { type: 'cancel-wait' });
    default:
      return event satisfies never;
  }
}

function connect(failures: number, since: number, lost: boolean): LinkStep {
  return step({ name: 'connecting', step: 'find', failures, since, lost }, { type: 'find' });
}

/** Returns the next state and effects of the link. `random` is uniform in [0, 1) and spreads the delays. */
export function reduceLink(state: LinkState, event: LinkEvent, random: number): LinkStep {
  if (event.type === 'end')
    return state.name === 'ended' ? unchanged(state) : step({ name: 'ended' }, { type: 'cancel-wait' });
  switch (state.name) {
    case 'connecting':
      return whileConnecting(state, event, random);
    case 'live':
      return event.type === 'lost' ? connect(0, event.at, true) : unchanged(state);
    case 'waiting':
      return event.type === 'retry' ? connect(state.failures, state.since, state.lost) : unchanged(state);
    case 'ended':
      return unchanged(state);
    default:
      return state satisfies never;
  }
}

export function firstLinkStep(at: number): LinkStep {
  return connect(0, at, false);
}
