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

describe('isOwnedAndUp', () => {
  test.each([
    ['stopped', false],
    ['starting', true],
    ['running', true],
    ['reconnecting', true],
    ['stopping', true],
    ['error', false],
  ] as const)('isOwnedAndUp in the state %s is %s', (state, up) => {
    expect(isOwnedAndUp(statusIn(state))).toBe(up);
  });

  test('a failed gateway with a live process counts as up, an attached one never does', () => {
    expect(isOwnedAndUp(statusIn('error', { pid: 12 }))).toBe(true);
    for (const state of gatewayStates) expect(isOwnedAndUp(statusIn(state, { ownership: 'attached' }))).toBe(false);
    expect(isOwnedAndUp(undefined)).toBe(false);
  });
});

describe('quitting as the host', () => {
  test.each<[string, Partial<QuitInput>, string]>([
    ['goes on', {}, 'without interruption'],
    ['goes on though it is being reconnected to', { status: statusIn('reconnecting') }, 'without interruption'],
    ['restarts while it is starting', { status: statusIn('starting') }, 'after one restart'],
    ['restarts where processes cannot change hands', { passesProcesses: false }, 'after one restart'],
  ])('the quit dialog says that a kept gateway %s', (_name, input, words) => {
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
    ['stops a host without a gateway', { status: statusIn('stopped') }, 'stop'],
    [
      'only disconnects from an attached gateway, without asking',
      { status: statusIn('running', { ownership: 'attached' }) },
      'stop',
    ],
    ['asks nothing when unattended', { unattended: true }, 'stop'],
    ['keeps the gateway unattended when set to always', { unattended: true, setting: 'always' }, 'move'],
    [
      'stops the gateway unattended when it cannot be kept',
      { unattended: true, setting: 'always', canMove: false },
      'stop',
    ],
  ])('planQuit as the host %s', (_what, input, expected) => {
    expect(inShort(planQuit({ ...asHost, ...input }))).toEqual(expected);
  });

  test('the quit dialog says why Keep Running is not offered', () => {
    const plan = planQuit({ ...asHost, canMove: false });
    expect(plan.kind === 'ask' && plan.question.detail).toContain('was not found');
  });
});

describe('quitting as a client', () => {
  test.each<[string, Partial<QuitInput>, string | readonly string[]]>([
    ['asks', {}, ['leave', 'stop', 'cancel']],
    ['leaves it, when told always to keep', { setting: 'always' }, 'leave'],
    ['stops it, when told never to keep', { setting: 'never' }, 'stop'],
    ['leaves it when nobody is there to ask', { unattended: true }, 'leave'],
    ['leaves a host without a gateway', { status: statusIn('stopped') }, 'leave'],
    [
      'leaves a host in a terminal running',
      { host: { role: 'client', kind: 'foreground' }, setting: 'never' },
      'leave',
    ],
    ['leaves another app alone', { host: { role: 'client', kind: 'desktop' }, setting: 'never' }, 'leave'],
  ])('planQuit as a client %s', (_what, input, expected) => {
    expect(inShort(planQuit({ ...asClient, ...input }))).toEqual(expected);
  });
});

test('planQuit without a host leaves at once', () => {
  expect(planQuit({ ...asHost, host: undefined })).toEqual({ kind: 'proceed', action: 'leave' });
});

test('unattended quits never ask, and every question has a Cancel choice', () => {
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
