import type { ProcessIdentity } from '../ports/spawner.ts';
import type { SupervisorEffect } from './effect.ts';
import type { EventTime } from './event.ts';
import type { SupervisorPolicy } from './policy.ts';
import type { Next, Purpose, Stage, StopMode, SupervisorModel, SupervisorState } from './state.ts';

export interface Step {
  readonly next: SupervisorModel;
  readonly effects: readonly SupervisorEffect[];
}

/** What every rule of the reducer is given besides the event. */
export interface ReducerContext {
  readonly time: EventTime;
  readonly policy: SupervisorPolicy;
}

export function unchanged(model: SupervisorModel): Step {
  return { next: model, effects: [] };
}

export function enter(model: SupervisorModel, state: SupervisorState, effects: readonly SupervisorEffect[] = []): Step {
  return { next: { ...model, state }, effects };
}

export interface LaunchOptions {
  readonly purpose: Purpose;
  readonly adopt?: boolean;
  readonly repair?: boolean;
}

/** Begins a new launch under a number of its own. */
export function beginLaunch(model: SupervisorModel, options: LaunchOptions, context: ReducerContext): Step {
  const { purpose, adopt = true, repair = false } = options;
  const launch = model.launches + 1;
  const { at } = context.time;
  const state: SupervisorState = {
    name: 'preflight',
    launch,
    since: at,
    purpose,
    deadline: at + context.policy.startup.timeoutMs,
  };
  const restarts = model.restarts + (purpose === 'automatic' ? 1 : 0);
  return {
    next: { ...model, launches: launch, restarts, state },
    effects: [{ type: 'preflight', launch, repair, adopt }],
  };
}

function endedBy(next: Next): 'request' | 'policy' | 'itself' {
  if (next.to === 'idle' || next.to === 'launch') return 'request';
  return next.reason.kind === 'exited' ? 'itself' : 'policy';
}

/** A preflight that is called off may have to end what an earlier host left, and prove it. */
export function cancelling({ time: moment, policy }: ReducerContext): Stage {
  const { graceMs, killMs } = policy.stop;
  return { step: 'cancelling', deadline: moment.at + graceMs + killMs };
}

/** A process and what is to follow once it is gone. */
export interface StopPlan {
  readonly launch: number;
  readonly child: ProcessIdentity;
  readonly next: Next;
}

function terminating(
  model: SupervisorModel,
  plan: StopPlan,
  stage: Stage,
  effect: SupervisorEffect,
  { time: moment }: ReducerContext,
): Step {
  // The way down is one state however many rungs it has: `since` is when it began.
  const { state } = model;
  const since = state.name === 'terminating' && state.launch === plan.launch ? state.since : moment.at;
  return enter(model, { name: 'terminating', launch: plan.launch, since, stage, next: plan.next }, [effect]);
}

export function reap(model: SupervisorModel, plan: StopPlan, context: ReducerContext): Step {
  const { launch, child, next } = plan;
  return terminating(
    model,
    plan,
    { step: 'reaping', child },
    { type: 'reap', launch, child, endedBy: endedBy(next) },
    context,
  );
}

/** Sends SIGTERM to the main process and gives it its grace. */
export function sendSigterm(model: SupervisorModel, plan: StopPlan, context: ReducerContext): Step {
  const { launch, child } = plan;
  const deadline = context.time.at + context.policy.stop.graceMs;
  return terminating(model, plan, { step: 'asked', child, deadline }, { type: 'terminate', launch, child }, context);
}

/** Begins the way down at the rung `manner` names. */
export function beginStop(model: SupervisorModel, plan: StopPlan, mode: StopMode, context: ReducerContext): Step {
  const { drainMs } = context.policy.stop;
  switch (mode) {
    case 'drain': {
      if (drainMs <= 0) return sendSigterm(model, plan, context);
      const { launch, child } = plan;
      const deadline = context.time.at + drainMs;
      return terminating(
        model,
        plan,
        { step: 'draining', child, deadline },
        { type: 'drain', launch, limitMs: drainMs },
        context,
      );
    }
    case 'terminate':
      return sendSigterm(model, plan, context);
    case 'kill':
      return reap(model, plan, context);
    default:
      return mode satisfies never;
  }
}
