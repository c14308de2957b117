import { cancelling, enter, type Given, type Step, stay } from './moves.ts';
import type { Stage, Supervision } from './state.ts';

/**
 * The machine slept: nobody knows how much of the time could be used, so who had it gets all of it again. A pause before
 * a respawn is nobody's time.
 */
export function grantAgain(supervision: Supervision, given: Given): Step {
  const { state } = supervision;
  const { at } = given.moment;
  switch (state.name) {
    case 'preflight':
    case 'spawning':
    case 'booting':
      return enter(supervision, { ...state, deadline: at + given.policy.startup.timeoutMs });
    case 'terminating':
      return enter(supervision, { ...state, stage: stageAgain(state.stage, given) });
    case 'backoff':
    case 'idle':
    case 'running':
    case 'failed':
      return stay(supervision);
    default:
      return state satisfies never;
  }
}

function stageAgain(stage: Stage, given: Given): Stage {
  const { moment } = given;
  const { drainMs, graceMs } = given.policy.stop;
  switch (stage.step) {
    case 'cancelling':
      return cancelling(given);
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
