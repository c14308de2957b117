import type { ProcessIdentity } from '../ports/spawner.ts';
import type { SupervisorEffect } from './effect.ts';
import type { Moment } from './event.ts';
import type { SupervisorPolicy } from './policy.ts';
import type { Manner, Next, Purpose, Stage, Supervision, SupervisorState } from './state.ts';

export interface Step {
  readonly next: Supervision;
  readonly effects: readonly SupervisorEffect[];
}

/** What every rule of the reducer is given besides the event. */
export interface Given {
  readonly moment: Moment;
  readonly policy: SupervisorPolicy;
}

export function stay(supervision: Supervision): Step {
  return { next: supervision, effects: [] };
}

export function enter(
  supervision: Supervision,
  state: SupervisorState,
  effects: readonly SupervisorEffect[] = [],
): Step {
  return { next: { ...supervision, state }, effects };
}

export interface LaunchOptions {
  readonly purpose: Purpose;
  readonly adopt?: boolean;
  readonly repair?: boolean;
}

/** Begins a new launch under a number of its own. */
export function beginLaunch(supervision: Supervision, options: LaunchOptions, given: Given): Step {
  const { purpose, adopt = true, repair = false } = options;
  const launch = supervision.launches + 1;
  const { at } = given.moment;
  const state: SupervisorState = {
    name: 'preflight',
    launch,
    since: at,
    purpose,
    deadline: at + given.policy.startup.timeoutMs,
  };
  const restarts = supervision.restarts + (purpose === 'automatic' ? 1 : 0);
  return {
    next: { ...supervision, launches: launch, restarts, state },
    effects: [{ type: 'preflight', launch, repair, adopt }],
  };
}

function endedBy(next: Next): 'request' | 'policy' | 'itself' {
  if (next.to === 'idle' || next.to === 'launch') return 'request';
  return next.because.kind === 'exited' ? 'itself' : 'policy';
}

/** A preflight that is called off may have to end what an earlier host left, and prove it. */
export function cancelling({ moment, policy }: Given): Stage {
  const { graceMs, killMs } = policy.stop;
  return { step: 'cancelling', deadline: moment.at + graceMs + killMs };
}

/** A process and what is to follow once it is gone. */
export interface Ending {
  readonly launch: number;
  readonly child: ProcessIdentity;
  readonly next: Next;
}

function terminating(
  supervision: Supervision,
  ending: Ending,
  stage: Stage,
  effect: SupervisorEffect,
  { moment }: Given,
): Step {
  // The way down is one state however many rungs it has: `since` is when it began.
  const { state } = supervision;
  const since = state.name === 'terminating' && state.launch === ending.launch ? state.since : moment.at;
  return enter(supervision, { name: 'terminating', launch: ending.launch, since, stage, next: ending.next }, [effect]);
}

export function reap(supervision: Supervision, ending: Ending, given: Given): Step {
  const { launch, child, next } = ending;
  return terminating(
    supervision,
    ending,
    { step: 'reaping', child },
    { type: 'reap', launch, child, endedBy: endedBy(next) },
    given,
  );
}

/** Sends SIGTERM to the main process and gives it its grace. */
export function ask(supervision: Supervision, ending: Ending, given: Given): Step {
  const { launch, child } = ending;
  const deadline = given.moment.at + given.policy.stop.graceMs;
  return terminating(
    supervision,
    ending,
    { step: 'asked', child, deadline },
    { type: 'terminate', launch, child },
    given,
  );
}

/** Begins the way down at the rung `manner` names. */
export function end(supervision: Supervision, ending: Ending, manner: Manner, given: Given): Step {
  const { drainMs } = given.policy.stop;
  switch (manner) {
    case 'drain': {
      if (drainMs <= 0) return ask(supervision, ending, given);
      const { launch, child } = ending;
      const deadline = given.moment.at + drainMs;
      return terminating(
        supervision,
        ending,
        { step: 'draining', child, deadline },
        { type: 'drain', launch, limitMs: drainMs },
        given,
      );
    }
    case 'terminate':
      return ask(supervision, ending, given);
    case 'kill':
      return reap(supervision, ending, given);
    default:
      return manner satisfies never;
  }
}
