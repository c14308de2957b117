import { type RecoveryStep, recoverySteps, type StepConsent } from '@deskclaw/protocol';

/** What failed, as far as it decides which steps can help. `configuration`: nothing was started, because the configuration cannot be used. */
export type FailureKind = 'configuration' | 'process';

export interface LadderFailure {
  readonly kind: FailureKind;
  /** Why, for people. */
  readonly reason: string;
}

/** Steps that were taken, or could not be, since the gateway last proved itself or a user asked for something: none is taken twice. */
interface Climb {
  readonly tried: readonly RecoveryStep[];
}

interface Failing extends Climb {
  readonly failure: LadderFailure;
}

export type LadderState =
  /** Nothing is on trial; the supervisor alone restarts the gateway. */
  | (Climb & { readonly name: 'resting' })
  /** A change, or the step before, has to prove itself: the gateway must stay up until `deadline`, absent while it is not ready. */
  | (Climb & {
      readonly name: 'trial';
      /** The steps that would undo what was changed and is not proven. */
      readonly changed: readonly RecoveryStep[];
      readonly breaks: number;
      readonly deadline?: number;
    })
  | (Failing & { readonly name: 'asking'; readonly step: RecoveryStep })
  | (Failing & { readonly name: 'stepping'; readonly step: RecoveryStep })
  | (Failing & { readonly name: 'starting'; readonly step: RecoveryStep })
  /** No step is left. */
  | (Failing & { readonly name: 'given-up' });

export type LadderEvent =
  /** The gateway is ready. `changed`: the steps that would undo what differs from what proved itself. */
  | { readonly type: 'ready'; readonly changed: readonly RecoveryStep[] }
  /** The gateway is not ready any more, whatever the reason. */
  | { readonly type: 'lost' }
  /** The process ended unasked, and the supervisor restarts it. */
  | { readonly type: 'broke'; readonly reason: string }
  /** A start failed, or the supervisor gave up. */
  | { readonly type: 'failed'; readonly failure: LadderFailure }
  | { readonly type: 'step-done'; readonly attempt: number }
  /** The step does not apply or failed; either way it changed nothing. */
  | { readonly type: 'step-skipped'; readonly attempt: number }
  /** `failure` is absent where no step can help, e.g. while another program holds the port. */
  | { readonly type: 'start-failed'; readonly attempt: number; readonly failure?: LadderFailure }
  | { readonly type: 'deadline'; readonly deadline: number }
  /** A user agreed to the step that is asked for. */
  | { readonly type: 'accepted' }
  /** A user asked for a start or restart, or for a stop. */
  | { readonly type: 'user'; readonly want: 'up' | 'down' };

export type LadderEffect =
  /** Take a step; answered by `step-done` or `step-skipped`. */
  | { readonly type: 'take'; readonly step: RecoveryStep; readonly attempt: number }
  /** Start the gateway afresh; answered by `ready` or `start-failed`. */
  | { readonly type: 'start'; readonly step: RecoveryStep; readonly attempt: number }
  | { readonly type: 'ask'; readonly step: RecoveryStep }
  /** The gateway stayed up: what runs now is kept as good. */
  | { readonly type: 'prove' }
  | { readonly type: 'give-up' };

export interface LadderModel {
  readonly state: LadderState;
  /** The number of the newest step; answers to earlier ones change nothing. */
  readonly attempt: number;
}

export interface LadderContext {
  /** Monotonic ms. */
  readonly at: number;
  readonly consent: Readonly<Record<RecoveryStep, StepConsent>>;
  /** How long the gateway must stay up to prove a configuration or a step, ms. */
  readonly stableMs: number;
  /** The same for a new version. */
  readonly versionTrialMs: number;
}

export interface LadderNext {
  readonly next: LadderModel;
  readonly effects: readonly LadderEffect[];
}

export const initialLadder: LadderModel = { state: { name: 'resting', tried: [] }, attempt: 0 };

/** How often a gateway on trial may break. One break can be chance: a `kill`, or the system that ran out of memory. */
export const maxBreaks = 1;

/** A configuration that cannot be read fails before there are channels or a version. */
const helps: Readonly<Record<FailureKind, readonly RecoveryStep[]>> = {
  configuration: ['configuration'],
  process: recoverySteps,
};

/** Permitted transitions. A state may also follow itself with other details. */
export const ladderEdges: Readonly<Record<LadderState['name'], readonly LadderState['name'][]>> = {
  resting: ['trial', 'asking', 'stepping', 'given-up'],
  trial: ['resting', 'asking', 'stepping', 'given-up'],
  asking: ['stepping', 'trial', 'resting'],
  stepping: ['starting', 'asking', 'given-up', 'resting'],
  starting: ['trial', 'stepping', 'asking', 'given-up', 'resting'],
  'given-up': ['trial', 'resting'],
};

function unchanged(next: LadderModel): LadderNext {
  return { next, effects: [] };
}

function enter(model: LadderModel, state: LadderState, ...effects: readonly LadderEffect[]): LadderNext {
  return { next: { ...model, state }, effects };
}

function rest(model: LadderModel, ...effects: readonly LadderEffect[]): LadderNext {
  return enter(model, { name: 'resting', tried: [] }, ...effects);
}

function take(model: LadderModel, step: RecoveryStep, { tried, failure }: Failing): LadderNext {
  const attempt = model.attempt + 1;
  const state: LadderState = { name: 'stepping', step, tried, failure };
  return { next: { state, attempt }, effects: [{ type: 'take', step, attempt }] };
}

/** Goes on to the next step: what was changed last is undone first, then from the mildest on. */
function climb(
  model: LadderModel,
  failing: Failing,
  changed: readonly RecoveryStep[],
  { consent }: LadderContext,
): LadderNext {
  const { tried, failure } = failing;
  const step = [...changed, ...recoverySteps].find(
    (each) => helps[failure.kind].includes(each) && !tried.includes(each) && consent[each] !== 'never',
  );
  if (step === undefined) return enter(model, { name: 'given-up', tried, failure }, { type: 'give-up' });
  if (consent[step] === 'ask') return enter(model, { name: 'asking', step, tried, failure }, { type: 'ask', step });
  return take(model, step, failing);
}

function begin(model: LadderModel, changed: readonly RecoveryStep[], context: LadderContext, breaks = 0): LadderNext {
  const { tried } = model.state;
  if (changed.length === 0 && tried.length === 0) return rest(model);
  const lastsMs = changed.includes('version') ? context.versionTrialMs : context.stableMs;
  return enter(model, { name: 'trial', tried, changed, breaks, deadline: context.at + lastsMs });
}

function reduceReady(model: LadderModel, changed: readonly RecoveryStep[], context: LadderContext): LadderNext {
  const { state } = model;
  switch (state.name) {
    case 'resting':
    case 'asking':
    case 'starting':
    case 'given-up':
      return begin(model, changed, context);
    case 'trial':
      return begin(model, changed, context, state.breaks);
    case 'stepping':
      // The supervisor was faster than the step, which goes on: the gateway had failed twice.
      return unchanged(model);
    default:
      return state satisfies never;
  }
}

function reduceBroke(model: LadderModel, reason: string, context: LadderContext): LadderNext {
  const { state } = model;
  if (state.name !== 'trial') return unchanged(model);
  const { tried, changed } = state;
  const breaks = state.breaks + 1;
  if (breaks > maxBreaks) return climb(model, { tried, failure: { kind: 'process', reason } }, changed, context);
  return enter(model, { name: 'trial', tried, changed, breaks });
}

function reduceFailed(model: LadderModel, failure: LadderFailure, context: LadderContext): LadderNext {
  const { state } = model;
  switch (state.name) {
    case 'resting':
    case 'trial':
      return climb(model, { tried: state.tried, failure }, state.name === 'trial' ? state.changed : [], context);
    case 'asking':
    case 'stepping':
    case 'starting':
    case 'given-up':
      // A step under way answers for its own start.
      return unchanged(model);
    default:
      return state satisfies never;
  }
}

/** The state after an event, and what has to be done. Late answers and events that do not concern a state change nothing. */
export function reduceLadder(model: LadderModel, event: LadderEvent, context: LadderContext): LadderNext {
  const { state, attempt } = model;
  switch (event.type) {
    case 'ready':
      return reduceReady(model, event.changed, context);
    case 'lost': {
      if (state.name !== 'trial') return unchanged(model);
      const { deadline: _ended, ...trial } = state;
      return enter(model, trial);
    }
    case 'broke':
      return reduceBroke(model, event.reason, context);
    case 'failed':
      return reduceFailed(model, event.failure, context);
    case 'step-done': {
      if (state.name !== 'stepping' || event.attempt !== attempt) return unchanged(model);
      const { step, failure } = state;
      const tried = [...state.tried, step];
      return enter(model, { name: 'starting', step, tried, failure }, { type: 'start', step, attempt });
    }
    case 'step-skipped': {
      if (state.name !== 'stepping' || event.attempt !== attempt) return unchanged(model);
      return climb(model, { tried: [...state.tried, state.step], failure: state.failure }, [], context);
    }
    case 'start-failed': {
      if (state.name !== 'starting' || event.attempt !== attempt) return unchanged(model);
      const { tried } = state;
      if (event.failure !== undefined) return climb(model, { tried, failure: event.failure }, [], context);
      return enter(model, { name: 'given-up', tried, failure: state.failure }, { type: 'give-up' });
    }
    case 'deadline':
      if (state.name !== 'trial' || state.deadline !== event.deadline || context.at < event.deadline)
        return unchanged(model);
      return rest(model, { type: 'prove' });
    case 'accepted':
      return state.name === 'asking' ? take(model, state.step, state) : unchanged(model);
    case 'user':
      // A start joins the step under way; a stop ends everything.
      if (event.want === 'up' && (state.name === 'stepping' || state.name === 'starting')) return unchanged(model);
      return state.name === 'resting' && state.tried.length === 0 ? unchanged(model) : rest(model);
    default:
      return event satisfies never;
  }
}

/** Returns the state in which another host goes on: a step that was under way counts as tried, and is not taken twice. */
export function resumeLadder(state: LadderState): LadderState {
  switch (state.name) {
    case 'stepping':
      return { name: 'given-up', tried: [...state.tried, state.step], failure: state.failure };
    case 'starting':
      return { name: 'given-up', tried: state.tried, failure: state.failure };
    case 'trial': {
      const { tried, changed, breaks } = state;
      return { name: 'trial', tried, changed, breaks };
    }
    case 'resting':
    case 'asking':
    case 'given-up':
      return state;
    default:
      return state satisfies never;
  }
}
