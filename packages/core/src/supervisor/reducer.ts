import type { EventTime, IntentEvent, SupervisorEvent } from './event.ts';
import type { SupervisorPolicy } from './launch-plan.ts';
import { reduceRunning } from './running.ts';
import { reduceStarting } from './starting.ts';
import { deadlineOf, type SupervisorModel } from './state.ts';
import { reduceStopped } from './stopped.ts';
import { reduceStopping } from './stopping.ts';
import { type ReducerContext, type Step, unchanged } from './transitions.ts';

export type { Step } from './transitions.ts';

/** Applies a user request. It always takes effect unless it is stale, never counts as a crash, and resets the crash budget. */
function acceptIntent(model: SupervisorModel, event: IntentEvent): SupervisorModel | undefined {
  if (event.generation <= model.intent.generation) return undefined;
  const want = event.type === 'down' ? 'down' : 'up';
  return { ...model, intent: { want, generation: event.generation }, crashes: [], repaired: false };
}

function dispatch(model: SupervisorModel, event: SupervisorEvent, context: ReducerContext): Step {
  const { state } = model;
  switch (state.name) {
    case 'idle':
    case 'backoff':
    case 'failed':
      return reduceStopped(model, state, event, context);
    case 'preflight':
    case 'spawning':
    case 'booting':
      return reduceStarting(model, state, event, context);
    case 'running':
      return reduceRunning(model, state, event, context);
    case 'terminating':
      return reduceStopping(model, state, event, context);
    default:
      return state satisfies never;
  }
}

/**
 * Decides the next state of the supervisor and what has to be done. Pure: time and randomness are arguments. The rules are
 * grouped by state in `stopped.ts`, `starting.ts`, `running.ts` and `stopping.ts`; docs/state-tables.md prints them all.
 */
export function reduce(
  model: SupervisorModel,
  event: SupervisorEvent,
  time: EventTime,
  policy: SupervisorPolicy,
): Step {
  const context: ReducerContext = { time, policy };
  const { state } = model;
  switch (event.type) {
    case 'up':
    case 'down':
    case 'restart': {
      const accepted = acceptIntent(model, event);
      return accepted === undefined ? unchanged(model) : dispatch(accepted, event, context);
    }
    case 'deadline': {
      // A timer may be early (Node's by a millisecond, a very long one by days): the state keeps its own deadline.
      const isDue = deadlineOf(state) === event.deadline && time.at >= event.deadline;
      return isDue ? dispatch(model, event, context) : unchanged(model);
    }
    case 'woke':
      return dispatch(model, event, context);
    default: {
      const isSurvivorGone =
        state.name === 'failed' && event.type === 'gone' && event.launch === state.survivor?.launch;
      if (isSurvivorGone || ('launch' in state && state.launch === event.launch))
        return dispatch(model, event, context);
      // Events of an earlier launch change nothing, but a process that it still spawned must be killed.
      if (event.type !== 'spawned') return unchanged(model);
      return { next: model, effects: [{ type: 'discard', launch: event.launch, child: event.child }] };
    }
  }
}
