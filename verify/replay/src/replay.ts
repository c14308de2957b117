import { readFileSync } from 'node:fs';
import { outcomeOf, type ReducerStep, repeatStep, type StepOutcome } from '@deskclaw/core/internal';
import { decodeStepValue, isObject, isRecordedStep, type RecordedStep } from '@deskclaw/protocol';

/** An incident as `deskclaw history --export` writes it. */
export interface IncidentExport {
  readonly version: string;
  readonly profile: string;
  readonly title: string;
  readonly steps: readonly RecordedStep[];
}

/** @throws Error for a file that is no export, or of a newer schema */
export function readExport(path: string): IncidentExport {
  const value: unknown = JSON.parse(readFileSync(path, 'utf8'));
  if (!isObject(value) || value['schema'] !== 'deskclaw.incident/1')
    throw new Error(`${path} is no incident of this version: its schema is not "deskclaw.incident/1"`);
  const { version, profile, row, steps } = value;
  const title = isObject(row) ? row['title'] : undefined;
  return {
    version: typeof version === 'string' ? version : 'unknown',
    profile: typeof profile === 'string' ? profile : 'default',
    title: typeof title === 'string' ? title : 'An incident',
    steps: Array.isArray(steps) ? steps.filter(isRecordedStep) : [],
  };
}

export interface ReplayedStep {
  readonly recorded: RecordedStep;
  /** What today's reducer makes of the same input. */
  readonly outcome: StepOutcome;
  /** How that differs from what was recorded; empty where it does not. */
  readonly departures: readonly string[];
}

/**
 * Returns the step that was recorded. The file was written by a host of ours: what went into its reducer is taken as it is, and a file
 * that somebody made up fails in the reducer, where it harms nothing.
 */
function stepOf({ reducer, before, event, context }: RecordedStep): ReducerStep {
  const arguments_ = decodeStepValue(context);
  const whole: unknown = {
    reducer,
    before: decodeStepValue(before),
    event: decodeStepValue(event),
    ...(isObject(arguments_) ? arguments_ : {}),
    after: decodeStepValue(before),
    effects: [],
  };
  return whole as ReducerStep;
}

function compare(recorded: StepOutcome, outcome: StepOutcome): readonly string[] {
  const effects = (of: StepOutcome) => of.effects.join(', ') || 'none';
  return [
    ...(recorded.state === outcome.state ? [] : [`state was "${recorded.state}", is "${outcome.state}"`]),
    ...(effects(recorded) === effects(outcome)
      ? []
      : [`commands were "${effects(recorded)}", are "${effects(outcome)}"`]),
  ];
}

/** Feeds each step to the reducer of today. A step that departs does not change the ones after it: each begins where it was recorded. */
export function replay({ steps }: Pick<IncidentExport, 'steps'>): readonly ReplayedStep[] {
  return steps.map((recorded) => {
    const outcome = outcomeOf(repeatStep(stepOf(recorded)));
    return { recorded, outcome, departures: compare(recorded, outcome) };
  });
}

/** Returns the states that a reducer passed through, each change once. */
export function pathOf(replayed: readonly ReplayedStep[], reducer: RecordedStep['reducer']): readonly string[] {
  const names = replayed
    .filter(({ recorded }) => recorded.reducer === reducer)
    .map(({ outcome }) => outcome.state.split(',')[0] ?? outcome.state);
  return names.filter((name, index) => name !== names[index - 1]);
}
