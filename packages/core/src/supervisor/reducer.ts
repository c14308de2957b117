import { extendDeadlines } from './after-sleep.ts';
import type { EventTime, SupervisorEvent } from './event.ts';
import { handleIntent } from './intents.ts';
import { answer, recoverFrom } from './launch-events.ts';
import type { SupervisorPolicy } from './policy.ts';
import { enterNext } from './recovery.ts';
import { deadlineOf, type Next, type RecoveryReason, type SupervisorModel } from './state.ts';
import {
  beginLaunch,
  cancelling,
  enter,
  type ReducerContext,
  reap,
  type Step,
  sendSigterm,
  unchanged,
} from './transitions.ts';

export type { Step } from './transitions.ts';

/** The time a state was given is up. */
function expire(model: SupervisorModel, context: ReducerContext): Step {
  const { state } = model;
  const { at } = context.time;
  const { graceMs } = context.policy.stop;
  switch (state.name) {
    case 'preflight':
    case 'spawning': {
      const reason: RecoveryReason = { kind: 'start-timeout', waitedMs: at - state.since };
      const next: Next = { to: 'recover', reason, purpose: state.purpose };
      const { launch } = state;
      return state.name === 'preflight'
        ? enter(model, { name: 'terminating', launch, since: at, stage: cancelling(context), next }, [
            { type: 'cancel-preflight', launch },
          ])
        : enter(model, {
            name: 'terminating',
            launch,
            since: at,
            stage: { step: 'awaiting-child', deadline: at + graceMs, mode: 'terminate' },
            next,
          });
    }
    case 'booting': {
      const { launch, child, lastError: trouble } = state;
      const waitedMs = at - state.since;
      const reason: RecoveryReason = {
        kind: 'start-timeout',
        waitedMs,
        ...(trouble === undefined ? {} : { lastError: trouble }),
      };
      return sendSigterm(model, { launch, child, next: recoverFrom(state, reason, at) }, context);
    }
    case 'terminating': {
      const { stage, launch, next } = state;
      switch (stage.step) {
        case 'cancelling':
        case 'awaiting-child':
          return enterNext(model, next, undefined, context);
        case 'draining':
          return sendSigterm(model, { launch, child: stage.child, next }, context);
        case 'asked':
          return reap(model, { launch, child: stage.child, next }, context);
        case 'reaping':
          return unchanged(model);
        default:
          return stage satisfies never;
      }
    }
    case 'backoff':
      return beginLaunch(model, { purpose: 'automatic' }, context);
    case 'idle':
    case 'running':
    case 'failed':
      return unchanged(model);
    default:
      return state satisfies never;
  }
}

/** Should a process be running, and what is to be done about it? Everything that decides it is in the arguments. */
export function reduce(
  model: SupervisorModel,
  event: SupervisorEvent,
  time: EventTime,
  policy: SupervisorPolicy,
): Step {
  const context: ReducerContext = { time, policy };
  switch (event.type) {
    case 'up':
    case 'down':
    case 'restart':
      return handleIntent(model, event, context);
    case 'deadline': {
      // A timer may be early (Node's by a millisecond, a very long one by days): the state keeps its time.
      const due = deadlineOf(model.state) === event.deadline && time.at >= event.deadline;
      return due ? expire(model, context) : unchanged(model);
    }
    case 'woke':
      return extendDeadlines(model, context);
    default:
      return answer(model, event, context);
  }
}
