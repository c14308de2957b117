import type { ExitFacts, Problem } from '@deskclaw/protocol';
import { describeProblem } from '@deskclaw/protocol';
import type { Moment, SupervisorEvent } from '../../src/supervisor/event.ts';
import { defaultPolicy, type SupervisorPolicy } from '../../src/supervisor/policy.ts';
import { type Exit, initial, type Supervision, type SupervisorState } from '../../src/supervisor/state.ts';

export const child = { pid: 4711, startMark: '17@boot' };
export const problem: Problem = describeProblem('internal', { detail: 'a sample' }, 0);

export function moment(at: number, random = 0.5): Moment {
  return { at, wallTime: 1_700_000_000_000 + at, random };
}

export function policyWith(change: Partial<SupervisorPolicy> = {}): SupervisorPolicy {
  return { ...defaultPolicy, ...change };
}

function exitOf(change: Partial<Exit> = {}): Exit {
  return {
    pid: child.pid,
    launch: 1,
    generation: 1,
    code: 1,
    signal: null,
    cause: 'crash',
    at: 1_700_000_000_000,
    livedMs: 10,
    wasReady: false,
    lastLines: ['boom'],
    firstFailure: ['boom'],
    ...change,
  };
}

function factsOf(exit: Exit): ExitFacts {
  const { code, signal, cause, lastLines } = exit;
  return { command: 'gateway', code, signal, cause, lastLines };
}

export function gone(launch: number, change: Partial<Exit> = {}): SupervisorEvent {
  const exit = exitOf({ launch, ...change });
  return { type: 'gone', launch, exit, facts: factsOf(exit) };
}

/** One state, one intent (generation 1, up), launch number 1 under way. */
export function supervisionIn(state: SupervisorState, change: Partial<Supervision> = {}): Supervision {
  return { ...initial, intent: { want: 'up', generation: 1 }, launches: 1, state, ...change };
}
