import { describeProblem } from '@deskclaw/protocol';
import type { LaunchEvent } from './event.ts';
import { enterNext, recordFailure } from './recovery.ts';
import type { Next, RecoveryReason, SupervisorModel, SupervisorState } from './state.ts';
import { beginStop, enter, type ReducerContext, reap, type Step, sendSigterm, unchanged } from './transitions.ts';

type Alive = Extract<SupervisorState, { name: 'booting' | 'running' }>;

/** What is to follow when a process of ours is not well, or is no more. */
export function recoverFrom(state: Alive, reason: RecoveryReason, at: number): Next {
  if (state.name === 'running') return { to: 'recover', reason, purpose: 'automatic', readyForMs: at - state.since };
  // Somebody waits for a gateway, not for this one: that it failed to come back to life is not their answer.
  return { to: state.adopted ? 'replace' : 'recover', reason, purpose: state.purpose };
}

function onPreflight(model: SupervisorModel, event: LaunchEvent, context: ReducerContext): Step {
  const { state } = model;
  if (state.name !== 'preflight') return unchanged(model);
  const { launch, purpose } = state;
  const { at } = context.time;
  const deadline = at + context.policy.startup.timeoutMs;
  switch (event.type) {
    case 'preflight-passed':
      return enter(model, { name: 'spawning', launch, since: at, purpose, deadline }, [{ type: 'spawn', launch }]);
    case 'preflight-refused':
      return recordFailure(model, { problem: event.problem, isUserWaiting: purpose === 'asked' }, context);
    case 'adopted':
      return enter(
        model,
        { name: 'booting', launch, since: at, purpose, child: event.child, adopted: true, deadline },
        [{ type: 'watch-adopted', launch, child: event.child }],
      );
    default:
      return unchanged(model);
  }
}

function onSpawning(model: SupervisorModel, event: LaunchEvent, context: ReducerContext): Step {
  const { state } = model;
  if (state.name !== 'spawning') return unchanged(model);
  const { launch, purpose, deadline } = state;
  switch (event.type) {
    case 'spawned': {
      const { child } = event;
      return enter(model, {
        name: 'booting',
        launch,
        since: context.time.at,
        purpose,
        child,
        adopted: false,
        deadline,
      });
    }
    case 'spawn-failed':
      return recordFailure(model, { problem: event.problem, isUserWaiting: purpose === 'asked' }, context);
    default:
      return unchanged(model);
  }
}

function onAlive(model: SupervisorModel, event: LaunchEvent, context: ReducerContext): Step {
  const { state } = model;
  if (state.name !== 'booting' && state.name !== 'running') return unchanged(model);
  const { launch, child } = state;
  const { at } = context.time;
  switch (event.type) {
    case 'exited':
      return reap(model, { launch, child, next: recoverFrom(state, { kind: 'exited' }, at) }, context);
    case 'unresponsive': {
      const reason: RecoveryReason = { kind: 'unresponsive', detail: event.detail };
      return beginStop(model, { launch, child, next: recoverFrom(state, reason, at) }, 'terminate', context);
    }
    case 'port-lost': {
      const reason: RecoveryReason = { kind: 'port-lost', problem: event.problem };
      return sendSigterm(model, { launch, child, next: recoverFrom(state, reason, at) }, context);
    }
    default:
      return state.name === 'booting' ? onBooting(model, state, event, context) : unchanged(model);
  }
}

function onBooting(
  model: SupervisorModel,
  state: Extract<SupervisorState, { name: 'booting' }>,
  event: LaunchEvent,
  context: ReducerContext,
): Step {
  const { at } = context.time;
  const { launch, child, adopted } = state;
  switch (event.type) {
    case 'ready':
      return enter(model, { name: 'running', launch, since: at, child, adopted, bootMs: at - state.since });
    case 'progress': {
      const deadline = Math.max(state.deadline, at + context.policy.startup.timeoutMs);
      return enter(model, { ...state, warming: true, deadline });
    }
    case 'trouble':
      return state.lastError === event.text ? unchanged(model) : enter(model, { ...state, lastError: event.text });
    default:
      return unchanged(model);
  }
}

function onTerminating(model: SupervisorModel, event: LaunchEvent, context: ReducerContext): Step {
  const { state } = model;
  if (state.name !== 'terminating') return unchanged(model);
  const { launch, stage, next } = state;
  switch (stage.step) {
    case 'cancelling':
      return onCancelling(model, event, next, context);
    case 'awaiting-child':
      if (event.type === 'spawned')
        return beginStop(model, { launch, child: event.child, next }, mode(stage.mode), context);
      return event.type === 'spawn-failed' ? enterNext(model, next, undefined, context) : unchanged(model);
    case 'draining':
      if (event.type === 'drained') return sendSigterm(model, { launch, child: stage.child, next }, context);
      return event.type === 'exited' ? reap(model, { launch, child: stage.child, next }, context) : unchanged(model);
    case 'asked':
      return event.type === 'exited' ? reap(model, { launch, child: stage.child, next }, context) : unchanged(model);
    case 'reaping':
      if (event.type === 'gone') return enterNext(model, next, { exit: event.exit, facts: event.facts }, context);
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

function mode(wished: 'drain' | 'terminate' | 'kill'): 'terminate' | 'kill' {
  return wished === 'kill' ? 'kill' : 'terminate';
}

function onCancelling(model: SupervisorModel, event: LaunchEvent, next: Next, context: ReducerContext): Step {
  switch (event.type) {
    case 'preflight-passed':
    case 'preflight-refused':
    case 'preflight-cancelled':
      return enterNext(model, next, undefined, context);
    case 'adopted': {
      const { launch, child } = event;
      const step = beginStop(model, { launch, child, next }, 'terminate', context);
      return { ...step, effects: [{ type: 'watch-adopted', launch, child }, ...step.effects] };
    }
    default:
      return unchanged(model);
  }
}

/** What SIGKILL could not end has ended after all: what is wanted can be. */
function onSurvivorGone(
  model: SupervisorModel,
  event: Extract<LaunchEvent, { type: 'gone' }>,
  context: ReducerContext,
): Step {
  const next: Next =
    model.intent.want === 'down' ? { to: 'idle' } : { to: 'recover', reason: { kind: 'exited' }, purpose: 'automatic' };
  return enterNext(model, next, { exit: event.exit, facts: event.facts }, context);
}

/** What became of something begun; of another launch than the present one, nothing but a stray child matters. */
export function answer(model: SupervisorModel, event: LaunchEvent, context: ReducerContext): Step {
  const { state } = model;
  if (state.name === 'failed' && event.type === 'gone' && event.launch === state.survivor?.launch)
    return onSurvivorGone(model, event, context);
  if (!('launch' in state) || state.launch !== event.launch) {
    if (event.type !== 'spawned') return unchanged(model);
    return { next: model, effects: [{ type: 'discard', launch: event.launch, child: event.child }] };
  }
  switch (state.name) {
    case 'preflight':
      return onPreflight(model, event, context);
    case 'spawning':
      return onSpawning(model, event, context);
    case 'booting':
    case 'running':
      return onAlive(model, event, context);
    case 'terminating':
      return onTerminating(model, event, context);
    default:
      return state satisfies never;
  }
}
