import { GatewayError } from '../rpc/gateway-error.ts';
import type { Failure, UpgradeStep } from './steps.ts';

export const stepWords: Readonly<Record<UpgradeStep, string>> = {
  copy: 'copying the state',
  try: 'trying it on a copy of the state',
  stop: 'stopping the running gateway',
  keep: 'keeping a copy of the state',
  use: 'choosing it',
  start: 'starting it',
  'stop-new': 'ending it',
  restore: 'putting the state back',
  'use-old': 'choosing the version before',
  'start-old': 'starting the version before',
};

export function reasonOf(error: unknown): string {
  if (!(error instanceof GatewayError)) return error instanceof Error ? error.message : String(error);
  const { title, detail } = error.problem;
  return `${title}. ${detail}`;
}

/** How things stand after an upgrade that failed. */
export function standing(
  end: 'untouched' | 'back' | { readonly stuck: Failure },
  from: string,
  runs: boolean,
  backup: string,
): string {
  if (end === 'untouched') return runs ? `${from} runs on, untouched.` : `${from} stays chosen; nothing was changed.`;
  if (end === 'back') return `${from} runs again, on the state as it left it.`;
  const { step, reason } = end.stuck;
  return `The way back to ${from} failed too, ${stepWords[step]}: ${reason} The state as ${from} left it is in ${backup}.`;
}
