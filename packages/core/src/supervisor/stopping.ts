import { describeProblem } from '@deskclaw/protocol';
import type { SupervisorEvent } from './event.ts';
import { enterNext } from './recovery.ts';
import type { LaunchExit, Next, Stage, StopMode, SupervisorModel, SupervisorState } from './state.ts';
import {
  beginLaunch,
  beginStop,
  cancellingStage,
  claimingStage,
  claimRestart,
  enter,
  holdingStage,
  type ReducerContext,
  reap,
  type Step,
  sendSigterm,
  unchanged,
} from './transitions.ts';

type Terminating = Extract<SupervisorState, { name: 'terminating' }>;

/** Changes what follows a stop that is under way; a harsher mode than the present one moves the stop on at once. */
function redirect(
  model: SupervisorModel,
  state: Terminating,
  next: Next,
  context: ReducerContext,
  mode?: StopMode,
): Step {
  const { stage, launch } = state;
  switch (stage.step) {
    case 'draining':
      if (mode === 'terminate') return sendSigterm(model, { launch, child: stage.child, next }, context);
      if (mode === 'kill') return reap(model, { launch, child: stage.child, next }, context);
      return enter(model, { ...state, next });
    case 'sigterm-sent':
    case 'holding':
      if (mode === 'kill') return reap(model, { launch, child: stage.child, next }, context);
      return enter(model, { ...state, next });
    case 'awaiting-child':
      return enter(model, { ...state, next, stage: mode === 'kill' ? { ...stage, mode } : stage });
    case 'claiming': {
      // The user decides: what the old process wanted no longer matters.
      const step = enterNext(model, next, undefined, context);
      return { ...step, effects: [{ type: 'cancel-claim', launch }, ...step.effects] };
    }
    case 'cancelling':
    case 'reaping':
      return enter(model, { ...state, next });
    default:
      return stage satisfies never;
  }
}

function onDeadline(model: SupervisorModel, state: Terminating, context: ReducerContext): Step {
  const { stage, launch, next } = state;
  switch (stage.step) {
    case 'cancelling':
    case 'awaiting-child':
      return enterNext(model, next, undefined, context);
    case 'draining':
    case 'holding':
      return sendSigterm(model, { launch, child: stage.child, next }, context);
    case 'sigterm-sent':
      return reap(model, { launch, child: stage.child, next }, context);
    case 'claiming': {
      const step = enterNext(model, next, stage.ended, context);
      return { ...step, effects: [{ type: 'cancel-claim', launch }, ...step.effects] };
    }
    case 'reaping':
      return unchanged(model);
    default:
      return stage satisfies never;
  }
}

/** Restarts the deadline of a stage: the machine slept, and nobody knows how much of the time could be used. */
function extendDeadline(stage: Stage, context: ReducerContext): Stage {
  const { at } = context.time;
  const { drainMs, graceMs } = context.policy.stop;
  switch (stage.step) {
    case 'cancelling':
      return cancellingStage(context);
    case 'draining':
      return { ...stage, deadline: at + drainMs };
    case 'awaiting-child':
    case 'sigterm-sent':
      return { ...stage, deadline: at + graceMs };
    case 'holding':
      return holdingStage(stage.child, stage.problem, at);
    case 'claiming':
      return claimingStage(stage.ended, at);
    case 'reaping':
      return stage;
    default:
      return stage satisfies never;
  }
}

function onCancelling(model: SupervisorModel, event: SupervisorEvent, next: Next, context: ReducerContext): Step {
  switch (event.type) {
    case 'preflight-passed':
    case 'preflight-refused':
    case 'preflight-cancelled':
      return enterNext(model, next, undefined, context);
    case 'adopted': {
      const { launch, child } = event;
      const step = sendSigterm(model, { launch, child, next }, context);
      return { ...step, effects: [{ type: 'watch-adopted', launch, child }, ...step.effects] };
    }
    default:
      return unchanged(model);
  }
}

/** Whether a process that exited by itself may have handed its restart over: it was ready, reported success, and announced no stop. */
function mayHandOver(next: Next, { exit }: LaunchExit): boolean {
  if (next.to !== 'recover' || next.reason.kind !== 'exited' || next.readyForMs === undefined) return false;
  // The exit code of an adopted process is unknown.
  const isSuccess = exit.signal === null && (exit.code === 0 || exit.code === null);
  return isSuccess && next.reason.announced !== 'stop';
}

function onGone(model: SupervisorModel, state: Terminating, ended: LaunchExit, context: ReducerContext): Step {
  const { launch, next } = state;
  return context.policy.claimsRestarts && mayHandOver(next, ended)
    ? claimRestart(model, { launch, next, ended }, context)
    : enterNext(model, next, ended, context);
}

function onHolding(
  model: SupervisorModel,
  state: Terminating,
  { child }: Extract<Stage, { step: 'holding' }>,
  event: SupervisorEvent,
  context: ReducerContext,
): Step {
  const { launch, next } = state;
  switch (event.type) {
    case 'critical-work':
      return event.problem === undefined
        ? sendSigterm(model, { launch, child, next }, context)
        : enter(model, { ...state, stage: holdingStage(child, event.problem, context.time.at) });
    case 'ready':
      return sendSigterm(model, { launch, child, next }, context);
    case 'exited':
      return reap(model, { launch, child, next }, context);
    default:
      return unchanged(model);
  }
}

function onStageEvent(
  model: SupervisorModel,
  state: Terminating,
  event: SupervisorEvent,
  context: ReducerContext,
): Step {
  const { launch, stage, next } = state;
  switch (stage.step) {
    case 'cancelling':
      return onCancelling(model, event, next, context);
    case 'awaiting-child':
      if (event.type === 'spawned') {
        const mode = stage.mode === 'kill' ? 'kill' : 'terminate';
        return beginStop(model, { launch, child: event.child, next }, mode, context);
      }
      return event.type === 'spawn-failed' ? enterNext(model, next, undefined, context) : unchanged(model);
    case 'draining':
      if (event.type === 'drained') return sendSigterm(model, { launch, child: stage.child, next }, context);
      return event.type === 'exited' ? reap(model, { launch, child: stage.child, next }, context) : unchanged(model);
    case 'sigterm-sent':
      return event.type === 'exited' ? reap(model, { launch, child: stage.child, next }, context) : unchanged(model);
    case 'holding':
      return onHolding(model, state, stage, event, context);
    case 'claiming':
      if (event.type !== 'restart-claimed') return unchanged(model);
      // Requested by the gateway itself: no crash, whatever happened before.
      return event.claim.accepted
        ? beginLaunch(model, { purpose: 'automatic', adopt: false }, context)
        : enterNext(model, next, stage.ended, context);
    case 'reaping':
      if (event.type === 'gone') {
        const { exit, facts, problem } = event;
        return onGone(model, state, { exit, facts, ...(problem && { problem }) }, context);
      }
      if (event.type !== 'stuck') return unchanged(model);
      return enter(model, {
        name: 'failed',
        since: context.time.at,
        problem: describeProblem(
          'gateway.not-stopped',
          { survivors: event.survivors, waitedMs: context.policy.stop.killMs },
          context.time.wallTime,
        ),
        survivor: { launch, child: stage.child },
      });
    default:
      return stage satisfies never;
  }
}

/** Rules of `terminating`: from the first request to stop until every process of the launch is gone. */
export function reduceStopping(
  model: SupervisorModel,
  state: Terminating,
  event: SupervisorEvent,
  context: ReducerContext,
): Step {
  switch (event.type) {
    case 'up': {
      const next: Next = state.next.to === 'launch' ? state.next : { to: 'launch', adopt: true };
      return redirect(model, state, next, context);
    }
    case 'down':
      return redirect(model, state, { to: 'idle' }, context, event.mode);
    case 'restart':
      return redirect(model, state, { to: 'launch', adopt: false }, context, event.mode);
    case 'deadline':
      return onDeadline(model, state, context);
    case 'woke':
      return enter(model, { ...state, stage: extendDeadline(state.stage, context) });
    default:
      return onStageEvent(model, state, event, context);
  }
}
