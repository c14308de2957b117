import { GatewayError } from '@deskclaw/core';
import type { PendingUpgrade, UpgradePlan } from './upgrade-journal.ts';
import type { StepFailure, UpgradeOutcome, UpgradeStep } from './upgrade-machine.ts';

export const stepDescriptions: Readonly<Record<UpgradeStep, string>> = {
  copy: 'copying the state',
  try: 'trying it on a copy of the state',
  stop: 'stopping the running gateway',
  keep: 'saving a copy of the state',
  use: 'choosing it',
  start: 'starting it',
  'stop-new': 'stopping it',
  restore: 'restoring the state',
  'use-old': 'choosing the previous version',
  'start-old': 'starting the previous version',
};

export function failureReason(error: unknown): string {
  if (!(error instanceof GatewayError)) return error instanceof Error ? error.message : String(error);
  const { title, detail } = error.problem;
  return `${title}. ${detail}`;
}

export interface OutcomeInput {
  readonly end: 'untouched' | 'back' | { readonly stuck: StepFailure };
  readonly plan: UpgradePlan;
  /** Whether a gateway runs, or is to run, when all is done. */
  readonly runs: boolean;
  /** Where the state of the target version was put. */
  readonly quarantine: string | undefined;
}

/** How things stand after an upgrade that failed. */
export function describeOutcome({ end, plan, runs, quarantine }: OutcomeInput): string {
  const { origin, target, backup } = plan;
  const { version } = origin;
  if (end === 'untouched')
    return runs ? `${version} keeps running unchanged.` : `${version} stays chosen; nothing was changed.`;
  if (end === 'back') {
    const again = runs ? `${version} runs again` : `${version} is chosen again`;
    const made = quarantine === undefined ? '' : ` The state of ${target} is saved in ${quarantine}.`;
    return `${again} with its own state.${made}`;
  }
  const { step, reason } = end.stuck;
  const restored = step === 'use-old' || step === 'start-old';
  const where = restored ? 'in its place' : `in ${backup ?? 'its place'}`;
  const backupNote = ` The state of ${version} is ${where}.`;
  return `Restoring ${version} failed too, ${stepDescriptions[step]}: ${reason}${backupNote} The next start tries again.`;
}

function versions({ kind, origin, target }: UpgradePlan): readonly [from: string, to: string] {
  return kind === 'upgrade' ? [origin.version, target] : [target, origin.version];
}

function describeInterruption({ plan, state }: PendingUpgrade): string {
  const [from, to] = versions(plan);
  const step = state.failure?.step ?? state.step;
  return `The ${plan.kind} from ${from} to ${to} was interrupted while ${stepDescriptions[step]}.`;
}

function describeResult(
  { plan }: PendingUpgrade,
  outcome: UpgradeOutcome,
  runs: boolean,
  quarantine: string | undefined,
): string {
  const { origin, target } = plan;
  switch (outcome.kind) {
    case 'upgraded':
      return `It was finished: ${target} is running. To go back: deskclaw openclaw rollback`;
    case 'rolled-back': {
      const now = runs ? `${origin.version} runs` : `the next start runs ${origin.version}`;
      return `It was finished: ${now}.${quarantine === undefined ? '' : ` The state of ${target} is saved in ${quarantine}.`}`;
    }
    case 'failed':
      return describeOutcome({ end: outcome.end, plan, runs, quarantine });
    default:
      return outcome satisfies never;
  }
}

/** Messages about an interrupted upgrade or rollback. */
export const interruptedMessages = {
  unreadable: 'The record of an interrupted upgrade cannot be read; nothing was changed by it.',
  open: (pending: PendingUpgrade): string =>
    `${describeInterruption(pending)} The next start finishes or reverts it: deskclaw start`,
  ended: (pending: PendingUpgrade, outcome: UpgradeOutcome, runs: boolean, quarantine: string | undefined): string =>
    `${describeInterruption(pending)} ${describeResult(pending, outcome, runs, quarantine)}`,
  versions,
  step: (step: UpgradeStep): string => stepDescriptions[step],
};
