import { gatewayStates } from '@deskclaw/protocol';
import { describe, expect, test } from 'vitest';
import { isOwnedAndUp, planClose, planQuit, type QuitInput, type QuitPlan } from '../../src/quit/quit-plan.ts';
import { keepGatewayChoices } from '../../src/settings/settings.ts';
import { statusIn } from '../support/statuses.ts';

const asHost: QuitInput = {
  host: { role: 'host', kind: 'desktop' },
  status: statusIn('running'),
  setting: 'ask',
  canMove: true,
  passesProcesses: true,
  unattended: false,
};
const asClient: QuitInput = { ...asHost, host: { role: 'client', kind: 'background' } };

/** A plan in short: how it goes, or what can be chosen. */
function inShort(plan: QuitPlan): string | readonly string[] {
  return plan.kind === 'proceed' ? plan.action : plan.question.choices.map(({ action }) => action);
}

describe('whether there is a gateway to ask about', () => {
  test.each([
    ['stopped', false],
    ['starting', true],
    ['running', true],
    ['reconnecting', true],
    ['stopping', true],
    ['error', false],
  ] as const)('%s: %s', (state, up) => {
    expect(isOwnedAndUp(statusIn(state))).toBe(up);
  });

  test('a failed one whose process is still there counts; somebody else’s never does', () => {
    expect(isOwnedAndUp(statusIn('error', { pid: 12 }))).toBe(true);
    for (const state of gatewayStates) expect(isOwnedAndUp(statusIn(state, { ownership: 'attached' }))).toBe(false);
    expect(isOwnedAndUp(undefined)).toBe(false);
  });
});

describe('quitting the app that is the host', () => {
  test.each<[string, Partial<QuitInput>, string]>([
    ['goes on', {}, 'without interruption'],
    ['goes on though it is being reconnected to', { status: statusIn('reconnecting') }, 'without interruption'],
    ['restarts while it is starting', { status: statusIn('starting') }, 'after one restart'],
    ['restarts where processes cannot change hands', { passesProcesses: false }, 'after one restart'],
  ])('says what a gateway pays for being kept: it %s', (_name, input, words) => {
    const plan = planQuit({ ...asHost, ...input });
    expect(plan.kind === 'ask' ? plan.question.detail : plan.action).toContain(words);
  });

  test.each<[string, Partial<QuitInput>, string | readonly string[]]>([
    ['asks, when there is something to keep', {}, ['move', 'stop', 'cancel']],
    ['does not offer what cannot be done', { canMove: false }, ['stop', 'cancel']],
    ['stops, when told never to keep', { setting: 'never' }, 'stop'],
    ['moves, when told always to keep', { setting: 'always' }, 'move'],
    [
      'asks all the same, when it cannot keep what it always should',
      { setting: 'always', canMove: false },
      ['stop', 'cancel'],
    ],
    ['stops nothing that is not there', { status: statusIn('stopped') }, 'stop'],
    [
      'only lets go of somebody else’s gateway, without asking',
      { status: statusIn('running', { ownership: 'attached' }) },
      'stop',
    ],
    ['asks nobody when nobody is there', { unattended: true }, 'stop'],
    ['keeps even then, when it always should', { unattended: true, setting: 'always' }, 'move'],
    ['stops then, when it cannot', { unattended: true, setting: 'always', canMove: false }, 'stop'],
  ])('%s', (_what, input, expected) => {
    expect(inShort(planQuit({ ...asHost, ...input }))).toEqual(expected);
  });

  test('says why keeping is not offered', () => {
    const plan = planQuit({ ...asHost, canMove: false });
    expect(plan.kind === 'ask' && plan.question.detail).toContain('was not found');
  });
});

describe('quitting the app that joined a host', () => {
  test.each<[string, Partial<QuitInput>, string | readonly string[]]>([
    ['asks', {}, ['leave', 'stop', 'cancel']],
    ['leaves it, when told always to keep', { setting: 'always' }, 'leave'],
    ['stops it, when told never to keep', { setting: 'never' }, 'stop'],
    ['leaves it when nobody is there to ask', { unattended: true }, 'leave'],
    ['leaves a host without a gateway', { status: statusIn('stopped') }, 'leave'],
    [
      'leaves a host in a terminal to whoever sits there',
      { host: { role: 'client', kind: 'foreground' }, setting: 'never' },
      'leave',
    ],
    ['leaves another app alone', { host: { role: 'client', kind: 'desktop' }, setting: 'never' }, 'leave'],
  ])('%s', (_what, input, expected) => {
    expect(inShort(planQuit({ ...asClient, ...input }))).toEqual(expected);
  });
});

test('without a way to a host there is nothing to end', () => {
  expect(planQuit({ ...asHost, host: undefined })).toEqual({ kind: 'proceed', action: 'leave' });
});

test('nobody is ever asked when nobody is there, and every question can be declined', () => {
  for (const base of [asHost, asClient]) {
    for (const state of gatewayStates) {
      for (const setting of keepGatewayChoices) {
        for (const canMove of [true, false]) {
          for (const unattended of [true, false]) {
            const plan = planQuit({ ...base, status: statusIn(state), setting, canMove, unattended });
            if (unattended) expect(plan.kind).toBe('proceed');
            if (plan.kind === 'ask') expect(plan.question.choices.at(-1)?.action).toBe('cancel');
          }
        }
      }
    }
  }
});

test.each([
  ['while quitting', { platform: 'linux', quitting: true, trayShown: true }, 'close'],
  ['with a tray', { platform: 'linux', quitting: false, trayShown: true }, 'hide'],
  ['without one', { platform: 'linux', quitting: false, trayShown: false }, 'quit'],
  ['on macOS, where the dock keeps it', { platform: 'darwin', quitting: false, trayShown: false }, 'hide'],
] as const)('closing the window %s: %o means %s', (_when, input, plan) => {
  expect(planClose(input)).toBe(plan);
});
