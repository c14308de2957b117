/** A step of an upgrade or rollback. */
export type UpgradeStep =
  | 'copy'
  | 'try'
  | 'stop'
  | 'keep'
  | 'use'
  | 'start'
  /** Steps back to the previous version. */
  | 'stop-new'
  | 'restore'
  | 'use-old'
  | 'start-old';

/** The first step that failed, and why: the new version is not taken. */
export interface StepFailure {
  readonly step: UpgradeStep;
  readonly reason: string;
}

export type UpgradeState =
  | {
      readonly kind: 'doing';
      readonly step: UpgradeStep;
      /** Whether a gateway of ours runs the version before, and is to run again whatever happens. */
      readonly running: boolean;
      readonly failure?: StepFailure;
    }
  | { readonly kind: 'upgraded'; readonly running: boolean }
  /** Rolled back because the user asked. */
  | { readonly kind: 'rolled-back'; readonly running: boolean }
  | {
      readonly kind: 'failed';
      readonly failure: StepFailure;
      /** `untouched`: nothing was changed. `back`: it was changed, and changed back. `stuck`: the step of the way back that failed. */
      readonly end: 'untouched' | 'back' | { readonly stuck: StepFailure };
    };

export type StepResult = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export type UpgradeInProgress = Extract<UpgradeState, { kind: 'doing' }>;
export type UpgradeOutcome = Exclude<UpgradeState, { kind: 'doing' }>;

export function beginUpgrade(running: boolean): UpgradeInProgress {
  return { kind: 'doing', step: 'copy', running };
}

/** Starts the same way back as a failed upgrade takes, without a failure. */
export function beginRollback(running: boolean): UpgradeInProgress {
  return { kind: 'doing', step: running ? 'stop-new' : 'restore', running };
}

function backAtOrigin({ failure, running }: UpgradeInProgress): UpgradeState {
  return failure === undefined ? { kind: 'rolled-back', running } : { kind: 'failed', failure, end: 'back' };
}

function advance(state: UpgradeInProgress): UpgradeState {
  const to = (step: UpgradeStep): UpgradeState => ({ ...state, step });
  switch (state.step) {
    case 'copy':
      return to('try');
    case 'try':
      return to(state.running ? 'stop' : 'keep');
    case 'stop':
      return to('keep');
    case 'keep':
      return to('use');
    case 'use':
      return state.running ? to('start') : { kind: 'upgraded', running: false };
    case 'start':
      return { kind: 'upgraded', running: true };
    case 'stop-new':
      return to('restore');
    case 'restore':
      return to('use-old');
    case 'use-old':
      return state.running ? to('start-old') : backAtOrigin(state);
    case 'start-old':
      return backAtOrigin(state);
    default:
      return state.step satisfies never;
  }
}

function rollBackAfterFailure(state: UpgradeInProgress, reason: string): UpgradeState {
  const failed: StepFailure = { step: state.step, reason };
  const failure = state.failure ?? failed;
  const to = (step: UpgradeStep): UpgradeState => ({ ...state, step, failure });
  switch (state.step) {
    case 'copy':
    case 'try':
      return { kind: 'failed', failure, end: 'untouched' };
    case 'stop':
      // The gateway may be half stopped: a start joins one that still runs.
      return to('start-old');
    case 'keep':
    case 'use':
      // The new version never opened the state: only the stopped gateway has to run again.
      return state.running ? to('start-old') : { kind: 'failed', failure, end: 'untouched' };
    case 'start':
      return to('stop-new');
    case 'stop-new':
    case 'restore':
      // Only a rollback has no earlier failure here: the state has not moved.
      if (state.failure === undefined) return { kind: 'failed', failure, end: 'untouched' };
      return { kind: 'failed', failure, end: { stuck: failed } };
    case 'use-old':
    case 'start-old':
      return { kind: 'failed', failure, end: { stuck: failed } };
    default:
      return state.step satisfies never;
  }
}

/** Returns the state after a step succeeded or failed. The OpenClaw state is restored only if the new version may have changed it. */
export function nextStep(state: UpgradeInProgress, result: StepResult): UpgradeState {
  return result.ok ? advance(state) : rollBackAfterFailure(state, result.reason);
}

/**
 * Returns the state in which an upgrade resumes that was interrupted during a step (its process died, or the machine).
 * @param ready whether a gateway of the new version is running now.
 */
export function resume(state: UpgradeInProgress, ready: boolean): UpgradeState {
  const failure = state.failure ?? { step: state.step, reason: 'it was interrupted there.' };
  const to = (step: UpgradeStep): UpgradeState => ({ ...state, step, failure });
  switch (state.step) {
    case 'copy':
    case 'try':
      return { kind: 'failed', failure, end: 'untouched' };
    case 'stop':
    case 'keep':
    case 'use':
      // The new version may already be selected, but it never opened the state.
      return to('use-old');
    case 'start':
      return ready ? { kind: 'upgraded', running: true } : to('stop-new');
    case 'stop-new':
    case 'restore':
    case 'use-old':
      return state;
    case 'start-old':
      return state.running ? state : backAtOrigin(state);
    default:
      return state.step satisfies never;
  }
}
