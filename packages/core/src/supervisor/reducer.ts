import { answer, recoverFrom } from './answers.ts';
import type { Moment, SupervisorEvent } from './event.ts';
import { heed } from './intents.ts';
import { ask, beginLaunch, cancelling, enter, type Given, reap, type Step, stay } from './moves.ts';
import type { SupervisorPolicy } from './policy.ts';
import { conclude } from './recovery.ts';
import { grantAgain } from './standstill.ts';
import { type Because, deadlineOf, type Next, type Supervision } from './state.ts';

export type { Step } from './moves.ts';

/** The time a state was given is up. */
function expire(supervision: Supervision, given: Given): Step {
  const { state } = supervision;
  const { at } = given.moment;
  const { graceMs } = given.policy.stop;
  switch (state.name) {
    case 'preflight':
    case 'spawning': {
      const because: Because = { kind: 'start-timeout', waitedMs: at - state.since };
      const next: Next = { to: 'recover', because, purpose: state.purpose };
      const { launch } = state;
      return state.name === 'preflight'
        ? enter(supervision, { name: 'terminating', launch, since: at, stage: cancelling(given), next }, [
            { type: 'cancel-preflight', launch },
          ])
        : enter(supervision, {
            name: 'terminating',
            launch,
            since: at,
            stage: { step: 'awaiting-child', deadline: at + graceMs, manner: 'terminate' },
            next,
          });
    }
    case 'booting': {
      const { launch, child, trouble } = state;
      const waitedMs = at - state.since;
      const because: Because = { kind: 'start-timeout', waitedMs, ...(trouble === undefined ? {} : { trouble }) };
      return ask(supervision, { launch, child, next: recoverFrom(state, because, at) }, given);
    }
    case 'terminating': {
      const { stage, launch, next } = state;
      switch (stage.step) {
        case 'cancelling':
        case 'awaiting-child':
          return conclude(supervision, next, undefined, given);
        case 'draining':
          return ask(supervision, { launch, child: stage.child, next }, given);
        case 'asked':
          return reap(supervision, { launch, child: stage.child, next }, given);
        case 'reaping':
          return stay(supervision);
        default:
          return stage satisfies never;
      }
    }
    case 'backoff':
      return beginLaunch(supervision, { purpose: 'automatic' }, given);
    case 'idle':
    case 'running':
    case 'failed':
      return stay(supervision);
    default:
      return state satisfies never;
  }
}

/** Should a process be running, and what is to be done about it? Everything that decides it is in the arguments. */
export function reduce(
  supervision: Supervision,
  event: SupervisorEvent,
  moment: Moment,
  policy: SupervisorPolicy,
): Step {
  const given: Given = { moment, policy };
  switch (event.type) {
    case 'up':
    case 'down':
    case 'restart':
      return heed(supervision, event, given);
    case 'deadline': {
      // A timer may be early (Node's by a millisecond, a very long one by days): the state keeps its time.
      const due = deadlineOf(supervision.state) === event.deadline && moment.at >= event.deadline;
      return due ? expire(supervision, given) : stay(supervision);
    }
    case 'woke':
      return grantAgain(supervision, given);
    default:
      return answer(supervision, event, given);
  }
}
