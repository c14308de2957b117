import { isEpochTime, isObject } from './json.ts';

/**
 * The steps of the recovery ladder above restarts and the gateway's own repair, mildest first. `configuration`: the last configuration
 * that worked is put back. `channels`: the gateway starts without its channels. `version`: the version before the last upgrade
 * runs again, on the state as it left it.
 */
export const recoverySteps = ['configuration', 'channels', 'version'] as const;
export type RecoveryStep = (typeof recoverySteps)[number];

/** Whether a step is taken by itself, only after a user agreed, or not at all. */
export type StepConsent = 'auto' | 'ask' | 'never';

/** What the recovery ladder is doing, or did since the user's last request. */
export interface RecoveryStatus {
  /**
   * `trial`: a change or a step has to prove itself. `asking`: the next step waits for `deskclaw recover`. `recovering`: a step is under
   * way. `recovered`: the gateway proved itself after a step. `given-up`: no step is left.
   */
  readonly state: 'trial' | 'asking' | 'recovering' | 'recovered' | 'given-up';
  /** Epoch ms. */
  readonly at: number;
  /** What happened and why, in sentences. */
  readonly message: string;
  readonly step?: RecoveryStep;
  /** Until when a trial lasts, epoch ms. */
  readonly until?: number;
  /** Set while the gateway runs without its channels. */
  readonly channelsOff?: true;
}

const states: ReadonlySet<unknown> = new Set<RecoveryStatus['state']>([
  'trial',
  'asking',
  'recovering',
  'recovered',
  'given-up',
]);

/** Whether a value from a file or the wire is a `RecoveryStatus`. */
export function isRecoveryStatus(value: unknown): value is RecoveryStatus {
  return (
    isObject(value) && states.has(value['state']) && isEpochTime(value['at']) && typeof value['message'] === 'string'
  );
}
