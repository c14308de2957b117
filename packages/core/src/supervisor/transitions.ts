import type { Problem } from '@deskclaw/protocol';
import type { ProcessIdentity } from '../ports/spawner.ts';
import type { ExitInfo } from '../process/exit.ts';
import type { EventTime } from './event.ts';
import type { SupervisorPolicy } from './launch-plan.ts';
import type { LaunchExit, Next, Purpose, Stage, StopMode, SupervisorModel, SupervisorState } from './state.ts';

export interface Step {
  readonly next: SupervisorModel;
  readonly effects: readonly SupervisorEffect[];
}

/** Time, randomness and policy, for every rule of the reducer. */
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

/** Begins a launch with a new number. */
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

/** A launch to stop, its process, and what follows once the process is gone. */
export interface StopPlan {
  readonly launch: number;
  readonly child: ProcessIdentity;
  readonly next: Next;
}

/** A cancelled preflight may have to kill what an earlier host left, and prove it. */
export function cancellingStage({ time, policy }: ReducerContext): Stage {
  const { graceMs, killMs } = policy.stop;
  return { step: 'cancelling', deadline: time.at + graceMs + killMs };
}

/** Cancels a preflight; nothing was spawned yet. */
export function cancelPreflight(
  model: SupervisorModel,
  { launch, next }: Omit<StopPlan, 'child'>,
  context: ReducerContext,
): Step {
  const stage = cancellingStage(context);
  return enter(model, { name: 'terminating', launch, since: context.time.at, stage, next }, [
    { type: 'cancel-preflight', launch },
  ]);
}

/** Waits for the answer of a spawn under way, so that its process can be stopped. */
export function awaitChild(
  model: SupervisorModel,
  { launch, next }: Omit<StopPlan, 'child'>,
  mode: StopMode,
  { time, policy }: ReducerContext,
): Step {
  const stage: Stage = { step: 'awaiting-child', deadline: time.at + policy.stop.graceMs, mode };
  return enter(model, { name: 'terminating', launch, since: time.at, stage, next });
}

function terminating(
  model: SupervisorModel,
  plan: StopPlan,
  stage: Stage,
  effect: SupervisorEffect,
  { time }: ReducerContext,
): Step {
  // All stages of a stop are one state: `since` is when the stop began.
  const { state } = model;
  const since = state.name === 'terminating' ? state.since : time.at;
  return enter(model, { name: 'terminating', launch: plan.launch, since, stage, next: plan.next }, [effect]);
}

/** Sends SIGKILL to whatever is left of the tree, until nothing is. */
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

/** Sends SIGTERM to the main process, with `graceMs` until SIGKILL. */
export function sendSigterm(model: SupervisorModel, plan: StopPlan, context: ReducerContext): Step {
  const { launch, child } = plan;
  const deadline = context.time.at + context.policy.stop.graceMs;
  return terminating(
    model,
    plan,
    { step: 'sigterm-sent', child, deadline },
    { type: 'terminate', launch, child },
    context,
  );
}

/** How long the answer to whether the process does what must not be interrupted may take, and how old it may get. */
const HOLD_ANSWER_MS = 15_000;

export function holdingStage(child: ProcessIdentity, problem: Problem | undefined, at: number): Stage {
  return { step: 'holding', child, deadline: at + HOLD_ANSWER_MS, ...(problem === undefined ? {} : { problem }) };
}

/** Stops a process once it does nothing that must not be interrupted. `problem`: what is known already. */
export function holdStop(
  model: SupervisorModel,
  plan: StopPlan,
  problem: Problem | undefined,
  context: ReducerContext,
): Step {
  const stage = holdingStage(plan.child, problem, context.time.at);
  return terminating(
    model,
    plan,
    stage,
    { type: 'find-critical-work', launch: plan.launch, child: plan.child },
    context,
  );
}

/** Begins a stop at the stage that `mode` names. */
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

/** How long the answer to whether a restart was handed over may take: a cold command line on a slow disk. */
const CLAIM_LIMIT_MS = 40_000;

export function claimingStage(ended: LaunchExit, at: number): Stage {
  return { step: 'claiming', deadline: at + CLAIM_LIMIT_MS, ended };
}

/** Asks whether the process that exited had handed its restart over to us. */
export function claimRestart(
  model: SupervisorModel,
  { launch, next, ended }: Omit<StopPlan, 'child'> & { readonly ended: LaunchExit },
  { time }: ReducerContext,
): Step {
  const { state } = model;
  const since = state.name === 'terminating' ? state.since : time.at;
  return enter(model, { name: 'terminating', launch, since, stage: claimingStage(ended, time.at), next }, [
    { type: 'claim-restart', launch, pid: ended.exit.pid },
  ]);
}

/** What the interpreter must do; each answers with events of the same launch. */
export type SupervisorEffect = {
  readonly launch: number;
} /** `repair`: the gateway's own repair goes first. `adopt`: what an earlier host left is taken over if it fits, else ended. */ & (
  | { readonly type: 'preflight'; readonly repair: boolean; readonly adopt: boolean }
  /** Answers `preflight-cancelled`, or with the answer it had already. */
  | { readonly type: 'cancel-preflight' }
  | { readonly type: 'spawn' }
  /** Answers `critical-work`, and again at intervals for as long as there is some. */
  | { readonly type: 'find-critical-work'; readonly child: ProcessIdentity }
  /** Answers `restart-claimed`. */
  | { readonly type: 'claim-restart'; readonly pid: number }
  /** Nobody waits for the answer any more. */
  | { readonly type: 'cancel-claim' }
  | { readonly type: 'watch-adopted'; readonly child: ProcessIdentity }
  /** Asks the drain hook to let running work finish; answered with `drained`. */
  | { readonly type: 'drain'; readonly limitMs: number }
  | { readonly type: 'terminate'; readonly child: ProcessIdentity }
  /** Answers `gone` or `stuck`. */
  | { readonly type: 'reap'; readonly child: ProcessIdentity; readonly endedBy: ExitInfo['endedBy'] }
  /** A child nobody waits for any more came up: it is killed and forgotten. */
  | { readonly type: 'discard'; readonly child: ProcessIdentity }
);
