import { describeProblem, type ExitFacts, type Problem } from '@deskclaw/protocol';
import type { EventTime, SupervisorEvent } from '../../src/supervisor/event.ts';
import { defaultPolicy, type SupervisorPolicy } from '../../src/supervisor/launch-plan.ts';
import {
  type ExitRecord,
  initialModel,
  type SupervisorModel,
  type SupervisorState,
} from '../../src/supervisor/state.ts';

export const child = { pid: 4711, startMark: '17@boot' };
export const problem: Problem = describeProblem('internal', { detail: 'a sample' }, 0);

export function eventTime(at: number, random = 0.5): EventTime {
  return { at, wallTime: 1_700_000_000_000 + at, random };
}

export function policyWith(change: Partial<SupervisorPolicy> = {}): SupervisorPolicy {
  return { ...defaultPolicy, ...change };
}

function exitOf(change: Partial<ExitRecord> = {}): ExitRecord {
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

function factsOf(exit: ExitRecord): ExitFacts {
  const { code, signal, cause, lastLines } = exit;
  return { command: 'gateway', code, signal, cause, lastLines };
}

export function gone(
  launch: number,
  change: Partial<ExitRecord> = {},
): Extract<SupervisorEvent, { readonly type: 'gone' }> {
  const exit = exitOf({ launch, ...change });
  return { type: 'gone', launch, exit, facts: factsOf(exit) };
}

/** Model in a state: intent up of generation 1, launch 1. */
export function modelIn(state: SupervisorState, change: Partial<SupervisorModel> = {}): SupervisorModel {
  return { ...initialModel, intent: { want: 'up', generation: 1 }, launches: 1, state, ...change };
}
