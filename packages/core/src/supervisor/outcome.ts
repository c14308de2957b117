import type { Problem } from '@deskclaw/protocol';
import type { ProcessIdentity } from '../ports/spawner.ts';
import type { SupervisorModel } from './state.ts';

/** Outcome of an intent. `superseded`: a later intent wants the opposite. */
export type UpResult =
  | {
      readonly outcome: 'running';
      readonly launch: number;
      readonly child: ProcessIdentity;
      readonly bootMs: number;
      /** The process at the time of the request. */
      readonly previous?: ProcessIdentity;
    }
  | { readonly outcome: 'failed'; readonly problem: Problem }
  | { readonly outcome: 'superseded' };

export type DownResult =
  | { readonly outcome: 'idle'; readonly previous?: ProcessIdentity }
  | { readonly outcome: 'failed'; readonly problem: Problem }
  | { readonly outcome: 'superseded' };

/** The answer to an intent to be up, once there is one. */
export function upResult(model: SupervisorModel, previous: ProcessIdentity | undefined): UpResult | undefined {
  const { intent, state } = model;
  if (intent.want === 'down') return { outcome: 'superseded' };
  if (state.name === 'failed') return { outcome: 'failed', problem: state.problem };
  if (state.name !== 'running') return undefined;
  const { launch, child, bootMs } = state;
  return { outcome: 'running', launch, child, bootMs, ...(previous === undefined ? {} : { previous }) };
}

export function downResult(model: SupervisorModel, previous: ProcessIdentity | undefined): DownResult | undefined {
  const { intent, state } = model;
  if (intent.want === 'up') return { outcome: 'superseded' };
  if (state.name === 'failed') return { outcome: 'failed', problem: state.problem };
  return state.name === 'idle' ? { outcome: 'idle', ...(previous === undefined ? {} : { previous }) } : undefined;
}
