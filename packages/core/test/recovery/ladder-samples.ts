import type { StepConsent } from '@deskclaw/protocol';
import {
  type LadderContext,
  type LadderEffect,
  type LadderEvent,
  type LadderState,
  reduceLadder,
} from '../../src/recovery/ladder.ts';

const failure = { kind: 'process', reason: 'It crashed.' } as const;

export function contextWith(
  at: number,
  consent: Partial<LadderContext['consent']> = {},
  others: StepConsent = 'auto',
): LadderContext {
  const all = { configuration: others, channels: others, version: others };
  return { at, consent: { ...all, ...consent }, stableMs: 60_000, versionTrialMs: 300_000 };
}

/** One state of each kind that the reducer tells apart, by the name that tables use. */
export const states = {
  resting: { name: 'resting', tried: [] },
  'trial configuration': { name: 'trial', tried: [], changed: ['configuration'], breaks: 0, deadline: 60_000 },
  'trial version, broke once': { name: 'trial', tried: [], changed: ['version'], breaks: 1, deadline: 300_000 },
  'trial of a step': { name: 'trial', tried: ['configuration'], changed: [], breaks: 0, deadline: 60_000 },
  'asking version': { name: 'asking', step: 'version', tried: ['configuration', 'channels'], failure },
  'stepping configuration': { name: 'stepping', step: 'configuration', tried: [], failure },
  'stepping version': { name: 'stepping', step: 'version', tried: ['configuration', 'channels'], failure },
  'starting configuration': { name: 'starting', step: 'configuration', tried: ['configuration'], failure },
  'starting, all tried': {
    name: 'starting',
    step: 'version',
    tried: ['configuration', 'channels', 'version'],
    failure,
  },
  'given-up': { name: 'given-up', tried: ['configuration'], failure },
} as const satisfies Readonly<Record<string, LadderState>>;

export const events = {
  ready: { type: 'ready', changed: [] },
  'ready, configuration changed': { type: 'ready', changed: ['configuration'] },
  'ready, version changed': { type: 'ready', changed: ['version'] },
  lost: { type: 'lost' },
  broke: { type: 'broke', reason: 'It crashed.' },
  failed: { type: 'failed', failure },
  'failed, bad configuration': { type: 'failed', failure: { kind: 'configuration', reason: 'It is not JSON5.' } },
  'step-done': { type: 'step-done', attempt: 1 },
  'step-done late': { type: 'step-done', attempt: 0 },
  'step-skipped': { type: 'step-skipped', attempt: 1 },
  'start-failed': { type: 'start-failed', attempt: 1, failure },
  'start-failed, no cure': { type: 'start-failed', attempt: 1 },
  accepted: { type: 'accepted' },
  'user up': { type: 'user', want: 'up' },
  'user down': { type: 'user', want: 'down' },
} as const satisfies Readonly<Record<string, LadderEvent>>;

function nameOf(state: LadderState): string {
  switch (state.name) {
    case 'trial': {
      const changed = state.changed.length === 0 ? 'of a step' : state.changed.join('+');
      return `trial ${changed}, breaks ${String(state.breaks)}${state.deadline === undefined ? ', not ready' : ''}`;
    }
    case 'asking':
    case 'stepping':
    case 'starting':
      return `${state.name} ${state.step}`;
    case 'resting':
    case 'given-up':
      return state.name;
    default:
      return state satisfies never;
  }
}

function effectName(effect: LadderEffect): string {
  return 'step' in effect ? `${effect.type}(${effect.step})` : effect.type;
}

/** What becomes of a state by an event: `next ! effects`, `=` for the same state. */
export function outcome(state: LadderState, event: LadderEvent, context: LadderContext = contextWith(10)): string {
  const { next, effects } = reduceLadder({ state, attempt: 1 }, event, context);
  const to = next.state === state ? '=' : nameOf(next.state);
  return effects.length === 0 ? to : `${to} ! ${effects.map(effectName).join(' ')}`;
}
