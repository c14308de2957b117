import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  beginRollback,
  beginUpgrade,
  nextStep,
  resume,
  type StepResult,
  type UpgradeInProgress,
  type UpgradeState,
  type UpgradeStep,
} from '../../src/upgrade/upgrade-machine.ts';

interface Run {
  readonly steps: readonly UpgradeStep[];
  readonly end: UpgradeState;
}

/** Runs an upgrade whose steps end as told: those named fail, the others go well. */
function run(running: boolean, fails: readonly UpgradeStep[]): Run {
  return runFrom(beginUpgrade(running), fails);
}

function runFrom(begin: UpgradeState, fails: readonly UpgradeStep[]): Run {
  const steps: UpgradeStep[] = [];
  let state = begin;
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
  ])('an upgrade takes its steps to the right end: %s', (_, running, fails, steps, end) => {
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
        // A stuck rollback reports the first failure, not the last.
        return end.kind === 'failed' && end.failure.step === steps.find((step) => fails.includes(step));
      }),
    );
  });
});

describe('a rollback', () => {
  it.each<[string, boolean, readonly UpgradeStep[], string, object]>([
    ['of one that runs', true, [], 'stop-new restore use-old start-old', { kind: 'rolled-back', running: true }],
    ['of one that does not run', false, [], 'restore use-old', { kind: 'rolled-back', running: false }],
    ['that cannot stop it', true, ['stop-new'], 'stop-new', { kind: 'failed', end: 'untouched' }],
    ['without room for the state', true, ['restore'], 'stop-new restore', { kind: 'failed', end: 'untouched' }],
    [
      'that cannot be written down',
      true,
      ['use-old'],
      'stop-new restore use-old',
      { kind: 'failed', end: { stuck: { step: 'use-old' } } },
    ],
  ])('a rollback %s takes its steps to the right end', (_, running, fails, steps, end) => {
    const done = runFrom(beginRollback(running), fails);
    expect(done.steps.join(' ')).toBe(steps);
    expect(done.end).toMatchObject(end);
  });
});

describe('what was cut off', () => {
  const cut = (step: UpgradeStep, running: boolean, ready = false): Run =>
    runFrom(resume({ kind: 'doing', step, running }, ready), []);

  it.each<[UpgradeStep, boolean, string, object]>([
    ['copy', true, '', { kind: 'failed', end: 'untouched' }],
    ['try', true, '', { kind: 'failed', end: 'untouched' }],
    ['stop', true, 'use-old start-old', { kind: 'failed', end: 'back', failure: { step: 'stop' } }],
    ['keep', true, 'use-old start-old', { kind: 'failed', end: 'back' }],
    ['keep', false, 'use-old', { kind: 'failed', end: 'back' }],
    ['use', true, 'use-old start-old', { kind: 'failed', end: 'back' }],
    ['use', false, 'use-old', { kind: 'failed', end: 'back' }],
    ['start', true, 'stop-new restore use-old start-old', { kind: 'failed', end: 'back', failure: { step: 'start' } }],
    // Rollbacks that the user asked for: no step failed before.
    ['stop-new', true, 'stop-new restore use-old start-old', { kind: 'rolled-back', running: true }],
    ['restore', false, 'restore use-old', { kind: 'rolled-back', running: false }],
    ['use-old', true, 'use-old start-old', { kind: 'rolled-back', running: true }],
    ['start-old', true, 'start-old', { kind: 'rolled-back', running: true }],
    ['start-old', false, '', { kind: 'rolled-back', running: false }],
  ])('an upgrade or rollback interrupted at %s (running: %s) is resumed to a good end', (step, running, steps, end) => {
    const done = cut(step, running);
    expect(done.steps.join(' ')).toBe(steps);
    expect(done.end).toMatchObject(end);
  });

  it('an upgrade interrupted at start is finished when the new version runs', () => {
    expect(cut('start', true, true)).toEqual({ steps: [], end: { kind: 'upgraded', running: true } });
  });

  const neverReady = (step: UpgradeStep): StepResult =>
    step === 'start' ? { ok: false, reason: 'not ready' } : { ok: true };

  it('anywhere, and any number of times, ends with the state whole and what ran running again', () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(fc.nat(9), { maxLength: 6 }), (running, cuts) => {
        let state: UpgradeState = beginUpgrade(running);
        let [newHadIt, runs, left] = [false, running, [...cuts]];
        const does = ({ step }: UpgradeInProgress): void => {
          if (step === 'stop' || step === 'stop-new') runs = false;
          if (step === 'start') [newHadIt, runs] = [true, false];
          if (step === 'restore') newHadIt = false;
          if (step === 'start-old') runs = true;
        };
        let goes = left.shift() ?? Number.POSITIVE_INFINITY;
        while (state.kind === 'doing') {
          does(state);
          state = goes === 0 ? resume(state, false) : nextStep(state, neverReady(state.step));
          goes = goes === 0 ? (left.shift() ?? Number.POSITIVE_INFINITY) : goes - 1;
        }
        // A version that never gets ready: either it never had the state, or that was put back.
        return !newHadIt && (state.kind === 'upgraded' ? !running : runs === running);
      }),
    );
  });
});
