import type { ConnectionStep } from '../connection/options.ts';
import { reduce as reduceConnection } from '../connection/reducer.ts';
import type { ConnectionState } from '../connection/state.ts';
import type { SupervisorStep } from '../supervisor/ports.ts';
import { reduce as reduceSupervisor } from '../supervisor/reducer.ts';
import { deadlineOf, type SupervisorModel } from '../supervisor/state.ts';

/** One step of a reducer of a manager, with all that went into it. */
export type ReducerStep =
  | ({ readonly reducer: 'supervisor' } & SupervisorStep)
  | ({ readonly reducer: 'connection' } & ConnectionStep);

/** Hears every step, also those that change nothing. Must be cheap and may not throw. */
export type StepRecorder = (step: ReducerStep) => void;

/** What a step led to, in words that can be compared. */
export interface StepOutcome {
  readonly state: string;
  readonly effects: readonly string[];
}

function describeModel(model: SupervisorModel): string {
  const { state, intent, launches, crashes, restarts } = model;
  const stage = 'stage' in state ? ` ${state.stage.step}` : '';
  const launch = 'launch' in state ? `, launch ${String(state.launch)}` : '';
  const due = deadlineOf(state);
  return `${state.name}${stage}${launch}, wants ${intent.want} (${String(intent.generation)}), ${String(launches)} launches, ${String(crashes.length)} crashes, ${String(restarts)} restarts${due === undefined ? '' : `, due ${String(due)}`}`;
}

function describeConnection(state: ConnectionState): string {
  const attempt = 'attempt' in state ? `, attempt ${String(state.attempt)}` : '';
  const due = 'retryAt' in state && state.retryAt !== undefined ? `, due ${String(state.retryAt)}` : '';
  return `${state.name}, generation ${String(state.generation)}${attempt}${due}`;
}

/** Returns the outcome that a step had when it was recorded. */
export function outcomeOf(step: ReducerStep): StepOutcome {
  const state = step.reducer === 'supervisor' ? describeModel(step.after) : describeConnection(step.after);
  return { state, effects: step.effects.map(({ type }) => type) };
}

/** Feeds what went into a step to the reducer of today. Returns the step as it is now. */
export function repeatStep(step: ReducerStep): ReducerStep {
  switch (step.reducer) {
    case 'supervisor': {
      const { before, event, time, policy } = step;
      const { next, effects } = reduceSupervisor(before, event, time, policy);
      return { ...step, after: next, effects };
    }
    case 'connection': {
      const { before, event, config } = step;
      const { state, effects } = reduceConnection(before, event, config);
      return { ...step, after: state, effects };
    }
    default:
      return step satisfies never;
  }
}
