import type { Stage, SupervisorModel } from './state.ts';
import { cancelling, enter, type ReducerContext, type Step, unchanged } from './transitions.ts';

/**
 * The machine slept: nobody knows how much of the time could be used, so who had it gets all of it again. A pause before
 * a respawn is nobody's time.
 */
export function extendDeadlines(model: SupervisorModel, context: ReducerContext): Step {
  const { state } = model;
  const { at } = context.time;
  switch (state.name) {
    case 'preflight':
    case 'spawning':
    case 'booting':
      return enter(model, { ...state, deadline: at + context.policy.startup.timeoutMs });
    case 'terminating':
      return enter(model, { ...state, stage: extendStage(state.stage, context) });
    case 'backoff':
    case 'idle':
    case 'running':
    case 'failed':
      return unchanged(model);
    default:
      return state satisfies never;
  }
}

function extendStage(stage: Stage, context: ReducerContext): Stage {
  const { time: moment } = context;
  const { drainMs, graceMs } = context.policy.stop;
  switch (stage.step) {
    case 'cancelling':
      return cancelling(context);
    case 'draining':
      return { ...stage, deadline: moment.at + drainMs };
    case 'awaiting-child':
    case 'asked':
      return { ...stage, deadline: moment.at + graceMs };
    case 'reaping':
      return stage;
    default:
      return stage satisfies never;
  }
}
