import type { SupervisorEvent } from './event.ts';
import { enterNext } from './recovery.ts';
import type { Next, SupervisorModel, SupervisorState } from './state.ts';
import { beginLaunch, type ReducerContext, reap, type Step, unchanged } from './transitions.ts';

type Stopped = Extract<SupervisorState, { name: 'idle' | 'backoff' | 'failed' }>;

/** Goes on to `next`, after another try to kill what survived the last one. */
function leaveStopped(model: SupervisorModel, state: Stopped, next: Next, context: ReducerContext): Step {
  if (state.name === 'failed' && state.survivor !== undefined) return reap(model, { ...state.survivor, next }, context);
  return state.name === 'idle' && next.to === 'idle' ? unchanged(model) : enterNext(model, next, undefined, context);
}

/** Rules of `idle`, `backoff` and `failed`: no process of ours runs, except one that survived SIGKILL. */
export function reduceStopped(
  model: SupervisorModel,
  state: Stopped,
  event: SupervisorEvent,
  context: ReducerContext,
): Step {
  switch (event.type) {
    case 'up':
      return leaveStopped(model, state, { to: 'launch', adopt: true }, context);
    case 'restart':
      return leaveStopped(model, state, { to: 'launch', adopt: false }, context);
    case 'down':
      return leaveStopped(model, state, { to: 'idle' }, context);
    case 'deadline':
      return state.name === 'backoff' ? beginLaunch(model, { purpose: 'automatic' }, context) : unchanged(model);
    case 'gone': {
      // The process that SIGKILL could not end has ended after all.
      const next: Next =
        model.intent.want === 'down'
          ? { to: 'idle' }
          : { to: 'recover', reason: { kind: 'exited' }, purpose: 'automatic' };
      return enterNext(model, next, { exit: event.exit, facts: event.facts }, context);
    }
    default:
      // A backoff delay is not extended by sleep of the machine.
      return unchanged(model);
  }
}
