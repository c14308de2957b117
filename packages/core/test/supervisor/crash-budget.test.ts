import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type CrashLedger, type CrashPolicy, countCrash, respawnDelay } from '../../src/supervisor/crash-budget.ts';

const policy: CrashPolicy = {
  maxCrashes: 5,
  windowMs: 300_000,
  stableAfterMs: 60_000,
  baseDelayMs: 500,
  maxDelayMs: 30_000,
};

const arbitraryPolicy = fc
  .record({
    maxCrashes: fc.integer({ min: 0, max: 50 }),
    windowMs: fc.integer({ min: 1, max: 10_000_000 }),
    stableAfterMs: fc.integer({ min: 0, max: 100_000 }),
    baseDelayMs: fc.integer({ min: 1, max: 10_000 }),
    extraMs: fc.integer({ min: 0, max: 100_000 }),
  })
  .map(({ extraMs, ...rest }): CrashPolicy => ({ ...rest, maxDelayMs: rest.baseDelayMs + extraMs }));
const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

/** Crash times as gaps between them, counted one after another. */
function countAll(gaps: readonly number[], its: CrashPolicy, random: number) {
  let ledger: CrashLedger = [];
  let at = 0;
  return gaps.map((gap) => {
    at += gap;
    const counted = countCrash(ledger, at, its, random);
    ledger = counted.ledger;
    return { ...counted, at };
  });
}

describe('respawn delay', () => {
  test('the respawn delay is 0 for the first crash, then doubles from 0.5 s to 30 s', () => {
    const longest = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((crashes) => respawnDelay(crashes, policy, 1));
    expect(longest).toEqual([0, 500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000]);
  });

  test('keeps half of each step and leaves the other half to chance', () => {
    expect([0, 0.5, 1].map((random) => respawnDelay(4, policy, random))).toEqual([1_000, 1_500, 2_000]);
  });

  test('stays within its bounds for any count, however large', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 1_000_000 }), arbitraryPolicy, chance, (crashes, its, random) => {
        const delay = respawnDelay(crashes, its, random);
        expect(delay).toBeGreaterThanOrEqual(its.baseDelayMs / 2);
        expect(delay).toBeLessThanOrEqual(its.maxDelayMs);
      }),
    );
  });

  test('never shrinks as crashes add up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), arbitraryPolicy, chance, (crashes, its, random) => {
        expect(respawnDelay(crashes + 1, its, random)).toBeGreaterThanOrEqual(respawnDelay(crashes, its, random));
      }),
    );
  });
});

describe('crash budget', () => {
  test('allows five crashes within five minutes and no sixth', () => {
    const verdicts = countAll([0, 1_000, 1_000, 1_000, 1_000, 1_000], policy, 0).map(({ verdict }) => verdict.kind);
    expect(verdicts).toEqual(['respawn', 'respawn', 'respawn', 'respawn', 'respawn', 'crash.loop']);
  });

  test('forgets a crash exactly when it leaves the window', () => {
    const almost = countAll([0, 299_999], { ...policy, maxCrashes: 1 }, 0);
    const after = countAll([0, 300_000], { ...policy, maxCrashes: 1 }, 0);
    expect(almost.at(-1)?.verdict.kind).toBe('crash.loop');
    expect(after.at(-1)?.verdict.kind).toBe('respawn');
  });

  test('the crash budget is exhausted exactly when more than maxCrashes lie within the window', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 100_000 }), { maxLength: 60 }),
        arbitraryPolicy,
        chance,
        (gaps, its, random) => {
          const steps = countAll(gaps, its, random);
          for (const [index, step] of steps.entries()) {
            const within = steps.slice(0, index + 1).filter(({ at }) => step.at - at < its.windowMs).length;
            expect(step.verdict.kind).toBe(within > its.maxCrashes ? 'crash.loop' : 'respawn');
          }
        },
      ),
    );
  });

  test('never remembers more than the window holds', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1_000 }), { maxLength: 200 }), chance, (gaps, random) => {
        const its = { ...policy, windowMs: 5_000, maxCrashes: 1_000 };
        for (const { ledger, at } of countAll(gaps, its, random)) {
          expect(ledger.every((crash) => at - crash < its.windowMs)).toBe(true);
        }
      }),
    );
  });
});
