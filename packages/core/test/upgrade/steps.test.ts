import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { beginUpgrade, nextStep, type UpgradeState, type UpgradeStep } from '../../src/upgrade/steps.ts';

/** Runs an upgrade whose steps end as told: those named fail, the others go well. */
function run(
  running: boolean,
  fails: readonly UpgradeStep[],
): { readonly steps: readonly UpgradeStep[]; readonly end: UpgradeState } {
  const steps: UpgradeStep[] = [];
  let state: UpgradeState = beginUpgrade(running);
  while (state.kind === 'doing') {
    const { step }: { step: UpgradeStep } = state;
    if (steps.length > 20) throw new Error(`it does not end: ${steps.join(' ')}`);
    steps.push(step);
    state = nextStep(state, fails.includes(step) ? { ok: false, reason: `no ${step}` } : { ok: true });
  }
  return { steps, end: state };
}

const all: readonly UpgradeStep[] = [
  'copy',
  'try',
  'stop',
  'keep',
  'use',
  'start',
  'stop-new',
  'restore',
  'use-old',
  'start-old',
];

describe('an upgrade', () => {
  it.each<[string, boolean, readonly UpgradeStep[], string, object]>([
    ['all well, running', true, [], 'copy try stop keep use start', { kind: 'upgraded', running: true }],
    ['all well, not running', false, [], 'copy try keep use', { kind: 'upgraded', running: false }],
    ['no room for a copy', true, ['copy'], 'copy', { kind: 'failed', end: 'untouched' }],
    ['the trial fails', true, ['try'], 'copy try', { kind: 'failed', end: 'untouched' }],
    ['the old one does not stop', true, ['stop'], 'copy try stop start-old', { kind: 'failed', end: 'back' }],
    ['no room to keep a copy', true, ['keep'], 'copy try stop keep start-old', { kind: 'failed', end: 'back' }],
    ['no room to keep a copy, not running', false, ['keep'], 'copy try keep', { kind: 'failed', end: 'untouched' }],
    ['it cannot be chosen', true, ['use'], 'copy try stop keep use start-old', { kind: 'failed', end: 'back' }],
    [
      'the new one does not start',
      true,
      ['start'],
      'copy try stop keep use start stop-new restore use-old start-old',
      { kind: 'failed', end: 'back', failure: { step: 'start', reason: 'no start' } },
    ],
    [
      'nor does the old one after it',
      true,
      ['start', 'start-old'],
      'copy try stop keep use start stop-new restore use-old start-old',
      {
        kind: 'failed',
        failure: { step: 'start', reason: 'no start' },
        end: { stuck: { step: 'start-old', reason: 'no start-old' } },
      },
    ],
    [
      'the new one can neither start nor be ended: its state is left alone',
      true,
      ['start', 'stop-new'],
      'copy try stop keep use start stop-new',
      { kind: 'failed', end: { stuck: { step: 'stop-new', reason: 'no stop-new' } } },
    ],
  ])('%s', (_, running, fails, steps, end) => {
    const done = run(running, fails);
    expect(done.steps.join(' ')).toBe(steps);
    expect(done.end).toMatchObject(end);
  });

  it('whatever fails: ends, starts again what it stopped, and puts the state back only after the new version had it', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.subarray([...all]), (running, fails) => {
        const { steps, end } = run(running, fails);
        const did = (step: UpgradeStep) => steps.includes(step);
        if (end.kind === 'upgraded') return !did('restore') && !did('start-old') && did('use');
        if (did('restore') && !did('start')) return false;
        const stuck = end.kind === 'failed' && typeof end.end === 'object';
        if (did('stop') && !did('start-old') && !stuck) return false;
        // What stopped for good is told with the first cause, not with the last.
        return end.kind === 'failed' && end.failure.step === steps.find((step) => fails.includes(step));
      }),
    );
  });
});
