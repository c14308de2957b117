import type { SupervisorEvent } from './event.ts';
import { recordFailure } from './recovery.ts';
import { recoverFrom, reduceAlive } from './running.ts';
import type { Next, RecoveryReason, StopMode, SupervisorModel, SupervisorState } from './state.ts';
import {
  awaitChild,
  beginStop,
  cancelPreflight,
  enter,
  holdStop,
  type ReducerContext,
  type Step,
  sendSigterm,
  unchanged,
} from './transitions.ts';

type Starting = Extract<SupervisorState, { name: 'preflight' | 'spawning' | 'booting' }>;
type StateOf<N extends Starting['name']> = Extract<SupervisorState, { name: N }>;

function stopStarting(
  model: SupervisorModel,
  state: Starting,
  next: Next,
  mode: StopMode,
  context: ReducerContext,
): Step {
  const { launch } = state;
  switch (state.name) {
    case 'preflight':
      return cancelPreflight(model, { launch, next }, context);
    case 'spawning':
      return awaitChild(model, { launch, next }, mode, context);
    case 'booting':
      if (mode !== 'kill' && context.policy.guardsCriticalWork)
        return holdStop(model, { launch, child: state.child, next }, state.critical, context);
      // A gateway that is not ready yet has no work to drain.
      return beginStop(model, { launch, child: state.child, next }, mode === 'kill' ? 'kill' : 'terminate', context);
    default:
      return state satisfies never;
  }
}

function onStartTimeout(model: SupervisorModel, state: Starting, context: ReducerContext): Step {
  const { at } = context.time;
  const waitedMs = at - state.since;
  const { launch } = state;
  if (state.name === 'booting') {
    const { child, lastError, found } = state;
    const reason: RecoveryReason = {
      kind: 'start-timeout',
      waitedMs,
      ...(lastError === undefined ? {} : { lastError }),
      ...(found === undefined ? {} : { found }),
    };
    return sendSigterm(model, { launch, child, next: recoverFrom(state, reason, at) }, context);
  }
  const next: Next = { to: 'recover', reason: { kind: 'start-timeout', waitedMs }, purpose: state.purpose };
  return state.name === 'preflight'
    ? cancelPreflight(model, { launch, next }, context)
    : awaitChild(model, { launch, next }, 'terminate', context);
}

function withDeadline(model: SupervisorModel, state: Starting, deadline: number): Step {
  return deadline === state.deadline ? unchanged(model) : enter(model, { ...state, deadline });
}

function reducePreflight(
  model: SupervisorModel,
  state: StateOf<'preflight'>,
  event: SupervisorEvent,
  context: ReducerContext,
): Step {
  const { launch, purpose } = state;
  const { at } = context.time;
  const deadline = at + context.policy.startup.timeoutMs;
  switch (event.type) {
    case 'preflight-passed':
      return enter(model, { name: 'spawning', launch, since: at, purpose, deadline }, [{ type: 'spawn', launch }]);
    case 'preflight-refused':
      return recordFailure(model, { problem: event.problem, isUserWaiting: purpose === 'user' }, context);
    case 'adopted': {
      const { child } = event;
      return enter(model, { name: 'booting', launch, since: at, purpose, child, adopted: true, deadline }, [
        { type: 'watch-adopted', launch, child },
      ]);
    }
    default:
      return unchanged(model);
  }
}

function reduceSpawning(
  model: SupervisorModel,
  state: StateOf<'spawning'>,
  event: SupervisorEvent,
  context: ReducerContext,
): Step {
  const { launch, purpose, deadline } = state;
  switch (event.type) {
    case 'spawned': {
      const { child } = event;
      const since = context.time.at;
      return enter(model, { name: 'booting', launch, since, purpose, child, adopted: false, deadline });
    }
    case 'spawn-failed':
      return recordFailure(model, { problem: event.problem, isUserWaiting: purpose === 'user' }, context);
    default:
      return unchanged(model);
  }
}

function reduceBooting(
  model: SupervisorModel,
  state: StateOf<'booting'>,
  event: SupervisorEvent,
  context: ReducerContext,
): Step {
  const { at } = context.time;
  const { launch, child, adopted } = state;
  switch (event.type) {
    case 'ready':
      return enter(model, { name: 'running', launch, since: at, child, adopted, bootMs: at - state.since });
    case 'progress': {
      const { timeoutMs, limitMs = Number.POSITIVE_INFINITY } = context.policy.startup;
      const deadline = Math.max(state.deadline, Math.min(at + timeoutMs, state.since + limitMs));
      return enter(model, { ...state, warming: true, deadline });
    }
    case 'critical-work': {
      const { critical, ...rest } = state;
      if (event.problem === undefined) return critical === undefined ? unchanged(model) : enter(model, rest);
      // Its end is waited for: interrupted, it would begin again, or leave its data half-way.
      const deadline = Math.max(state.deadline, at + context.policy.startup.timeoutMs);
      return enter(model, { ...state, critical: event.problem, deadline });
    }
    case 'connect-error':
      return state.lastError === event.text ? unchanged(model) : enter(model, { ...state, lastError: event.text });
    case 'start-finding':
      return enter(model, { ...state, found: event.found });
    default:
      return reduceAlive(model, state, event, context);
  }
}

/** Rules of `preflight`, `spawning` and `booting`: from the decision to start until the gateway is ready. */
export function reduceStarting(
  model: SupervisorModel,
  state: Starting,
  event: SupervisorEvent,
  context: ReducerContext,
): Step {
  switch (event.type) {
    case 'up':
      // The user now waits for the launch under way.
      return state.purpose === 'user' ? unchanged(model) : enter(model, { ...state, purpose: 'user' });
    case 'down':
      return stopStarting(model, state, { to: 'idle' }, event.mode, context);
    case 'restart':
      return stopStarting(model, state, { to: 'launch', adopt: false }, event.mode, context);
    case 'deadline':
      return onStartTimeout(model, state, context);
    case 'woke':
      // The machine slept: restart the deadline.
      return withDeadline(model, state, context.time.at + context.policy.startup.timeoutMs);
    default:
      switch (state.name) {
        case 'preflight':
          return reducePreflight(model, state, event, context);
        case 'spawning':
          return reduceSpawning(model, state, event, context);
        case 'booting':
          return reduceBooting(model, state, event, context);
        default:
          return state satisfies never;
      }
  }
}
