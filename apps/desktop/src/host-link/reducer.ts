import type { Problem } from '@deskclaw/protocol';
import type { LinkEffect, LinkEvent, LinkState, LinkStep } from './state.ts';

/** A host that is just starting opens its socket some milliseconds after it took the lock. */
const BASE_DELAY_MS = 50;
const MAX_DELAY_MS = 5_000;

function stay(state: LinkState): LinkStep {
  return { state, effects: [] };
}

function step(state: LinkState, ...effects: readonly LinkEffect[]): LinkStep {
  return { state, effects };
}

function wait(state: Extract<LinkState, { name: 'seeking' }>, problem: Problem, at: number, random: number): LinkStep {
  const failures = state.failures + 1;
  const full = Math.min(MAX_DELAY_MS, BASE_DELAY_MS * 2 ** Math.min(failures - 1, 10));
  const delayMs = Math.round(full / 2 + (full / 2) * random);
  const { since, lost } = state;
  return step({ name: 'waiting', failures, since, lost, retryAt: at + delayMs, problem }, { type: 'wait', delayMs });
}

function whileSeeking(state: Extract<LinkState, { name: 'seeking' }>, event: LinkEvent, random: number): LinkStep {
  switch (event.type) {
    case 'found':
      return stay({ name: 'live', role: 'joined', info: event.info, since: event.at });
    case 'became':
      return stay({ name: 'live', role: event.role, info: event.info, since: event.at });
    case 'none':
      return step({ ...state, step: 'become' }, { type: 'become' });
    case 'outrun':
    case 'failed':
      return wait(state, event.problem, event.at, random);
    case 'lost':
    case 'retry':
      return stay(state);
    case 'end':
      return step({ name: 'ended' }, { type: 'leave' });
    default:
      return event satisfies never;
  }
}

function seek(failures: number, since: number, lost: boolean): LinkStep {
  return step({ name: 'seeking', step: 'find', failures, since, lost }, { type: 'find' });
}

/** What the link does next. `random` is uniform in [0, 1) and spreads the waits. */
export function reduceLink(state: LinkState, event: LinkEvent, random: number): LinkStep {
  if (event.type === 'end') return state.name === 'ended' ? stay(state) : step({ name: 'ended' }, { type: 'leave' });
  switch (state.name) {
    case 'seeking':
      return whileSeeking(state, event, random);
    case 'live':
      return event.type === 'lost' ? seek(0, event.at, true) : stay(state);
    case 'waiting':
      return event.type === 'retry' ? seek(state.failures, state.since, state.lost) : stay(state);
    case 'ended':
      return stay(state);
    default:
      return state satisfies never;
  }
}

export function firstLinkStep(at: number): LinkStep {
  return seek(0, at, false);
}
