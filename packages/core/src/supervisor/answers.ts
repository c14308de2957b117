import { describeProblem } from '@deskclaw/protocol';
import type { LaunchEvent } from './event.ts';
import { ask, end, enter, type Given, reap, type Step, stay } from './moves.ts';
import { conclude, takeSetback } from './recovery.ts';
import type { Because, Next, Supervision, SupervisorState } from './state.ts';

type Alive = Extract<SupervisorState, { name: 'booting' | 'running' }>;

/** What is to follow when a process of ours is not well, or is no more. */
export function recoverFrom(state: Alive, because: Because, at: number): Next {
  if (state.name === 'running') return { to: 'recover', because, purpose: 'automatic', readyForMs: at - state.since };
  // Somebody waits for a gateway, not for this one: that it failed to come back to life is not their answer.
  return { to: state.adopted ? 'replace' : 'recover', because, purpose: state.purpose };
}

function onPreflight(supervision: Supervision, event: LaunchEvent, given: Given): Step {
  const { state } = supervision;
  if (state.name !== 'preflight') return stay(supervision);
  const { launch, purpose } = state;
  const { at } = given.moment;
  const deadline = at + given.policy.startup.timeoutMs;
  switch (event.type) {
    case 'preflight-passed':
      return enter(supervision, { name: 'spawning', launch, since: at, purpose, deadline }, [
        { type: 'spawn', launch },
      ]);
    case 'preflight-refused':
      return takeSetback(supervision, { problem: event.problem, asked: purpose === 'asked' }, given);
    case 'adopted':
      return enter(
        supervision,
        { name: 'booting', launch, since: at, purpose, child: event.child, adopted: true, deadline },
        [{ type: 'watch-adopted', launch, child: event.child }],
      );
    default:
      return stay(supervision);
  }
}

function onSpawning(supervision: Supervision, event: LaunchEvent, given: Given): Step {
  const { state } = supervision;
  if (state.name !== 'spawning') return stay(supervision);
  const { launch, purpose, deadline } = state;
  switch (event.type) {
    case 'spawned': {
      const { child } = event;
      return enter(supervision, {
        name: 'booting',
        launch,
        since: given.moment.at,
        purpose,
        child,
        adopted: false,
        deadline,
      });
    }
    case 'spawn-failed':
      return takeSetback(supervision, { problem: event.problem, asked: purpose === 'asked' }, given);
    default:
      return stay(supervision);
  }
}

function onAlive(supervision: Supervision, event: LaunchEvent, given: Given): Step {
  const { state } = supervision;
  if (state.name !== 'booting' && state.name !== 'running') return stay(supervision);
  const { launch, child } = state;
  const { at } = given.moment;
  switch (event.type) {
    case 'exited':
      return reap(supervision, { launch, child, next: recoverFrom(state, { kind: 'exited' }, at) }, given);
    case 'unresponsive': {
      const because: Because = { kind: 'unresponsive', detail: event.detail };
      return end(supervision, { launch, child, next: recoverFrom(state, because, at) }, 'terminate', given);
    }
    case 'port-lost': {
      const because: Because = { kind: 'port-lost', problem: event.problem };
      return ask(supervision, { launch, child, next: recoverFrom(state, because, at) }, given);
    }
    default:
      return state.name === 'booting' ? onBooting(supervision, state, event, given) : stay(supervision);
  }
}

function onBooting(
  supervision: Supervision,
  state: Extract<SupervisorState, { name: 'booting' }>,
  event: LaunchEvent,
  given: Given,
): Step {
  const { at } = given.moment;
  const { launch, child, adopted } = state;
  switch (event.type) {
    case 'ready':
      return enter(supervision, { name: 'running', launch, since: at, child, adopted, bootMs: at - state.since });
    case 'progress': {
      const deadline = Math.max(state.deadline, at + given.policy.startup.timeoutMs);
      return enter(supervision, { ...state, warming: true, deadline });
    }
    case 'trouble':
      return state.trouble === event.text ? stay(supervision) : enter(supervision, { ...state, trouble: event.text });
    default:
      return stay(supervision);
  }
}

function onTerminating(supervision: Supervision, event: LaunchEvent, given: Given): Step {
  const { state } = supervision;
  if (state.name !== 'terminating') return stay(supervision);
  const { launch, stage, next } = state;
  switch (stage.step) {
    case 'cancelling':
      return onCancelling(supervision, event, next, given);
    case 'awaiting-child':
      if (event.type === 'spawned')
        return end(supervision, { launch, child: event.child, next }, manner(stage.manner), given);
      return event.type === 'spawn-failed' ? conclude(supervision, next, undefined, given) : stay(supervision);
    case 'draining':
      if (event.type === 'drained') return ask(supervision, { launch, child: stage.child, next }, given);
      return event.type === 'exited'
        ? reap(supervision, { launch, child: stage.child, next }, given)
        : stay(supervision);
    case 'asked':
      return event.type === 'exited'
        ? reap(supervision, { launch, child: stage.child, next }, given)
        : stay(supervision);
    case 'reaping':
      if (event.type === 'gone') return conclude(supervision, next, { exit: event.exit, facts: event.facts }, given);
      if (event.type !== 'stuck') return stay(supervision);
      return enter(supervision, {
        name: 'failed',
        since: given.moment.at,
        problem: describeProblem(
          'gateway.not-stopped',
          { survivors: event.survivors, waitedMs: given.policy.stop.killMs },
          given.moment.wallTime,
        ),
        survivor: { launch, child: stage.child },
      });
    default:
      return stage satisfies never;
  }
}

function manner(wished: 'drain' | 'terminate' | 'kill'): 'terminate' | 'kill' {
  return wished === 'kill' ? 'kill' : 'terminate';
}

function onCancelling(supervision: Supervision, event: LaunchEvent, next: Next, given: Given): Step {
  switch (event.type) {
    case 'preflight-passed':
    case 'preflight-refused':
    case 'preflight-cancelled':
      return conclude(supervision, next, undefined, given);
    case 'adopted': {
      const { launch, child } = event;
      const step = end(supervision, { launch, child, next }, 'terminate', given);
      return { ...step, effects: [{ type: 'watch-adopted', launch, child }, ...step.effects] };
    }
    default:
      return stay(supervision);
  }
}

/** What SIGKILL could not end has ended after all: what is wanted can be. */
function onSurvivorGone(supervision: Supervision, event: Extract<LaunchEvent, { type: 'gone' }>, given: Given): Step {
  const next: Next =
    supervision.intent.want === 'down'
      ? { to: 'idle' }
      : { to: 'recover', because: { kind: 'exited' }, purpose: 'automatic' };
  return conclude(supervision, next, { exit: event.exit, facts: event.facts }, given);
}

/** What became of something begun; of another launch than the present one, nothing but a stray child matters. */
export function answer(supervision: Supervision, event: LaunchEvent, given: Given): Step {
  const { state } = supervision;
  if (state.name === 'failed' && event.type === 'gone' && event.launch === state.survivor?.launch)
    return onSurvivorGone(supervision, event, given);
  if (!('launch' in state) || state.launch !== event.launch) {
    if (event.type !== 'spawned') return stay(supervision);
    return { next: supervision, effects: [{ type: 'discard', launch: event.launch, child: event.child }] };
  }
  switch (state.name) {
    case 'preflight':
      return onPreflight(supervision, event, given);
    case 'spawning':
      return onSpawning(supervision, event, given);
    case 'booting':
    case 'running':
      return onAlive(supervision, event, given);
    case 'terminating':
      return onTerminating(supervision, event, given);
    default:
      return state satisfies never;
  }
}
