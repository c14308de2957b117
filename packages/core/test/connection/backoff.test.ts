import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { askedDelay, backoffDelay, bootDelay } from '../../src/connection/backoff.ts';
import { defaultReconnect } from '../../src/connection/config.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('backoffDelay', () => {
  test('doubles from the base to the cap, half of it fixed', () => {
    const halves = [1, 2, 3, 4, 5, 6, 7].map((attempt) => backoffDelay(defaultReconnect, attempt, 0));
    expect(halves).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
  });

  test('stays between half and whole for any attempt, and the random half is spread evenly', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10_000 }), random, (attempt, r) => {
        const full = Math.min(30_000, 1_000 * 2 ** Math.min(52, Math.max(0, attempt - 1)));
        const delay = backoffDelay(defaultReconnect, attempt, r);
        expect(delay).toBeGreaterThanOrEqual(full / 2);
        expect(delay).toBeLessThanOrEqual(full);
        expect((delay - full / 2) / (full / 2)).toBeCloseTo(r, 9);
      }),
    );
  });
});

describe('askedDelay', () => {
  test('is a floor with a little spread above, and neither nothing nor for ever', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e15, noNaN: true }), random, (ms, r) => {
        const delay = askedDelay(ms, r);
        expect(delay).toBeGreaterThanOrEqual(Math.min(ms, 300_000));
        expect(delay).toBeGreaterThanOrEqual(100);
        expect(delay).toBeLessThanOrEqual(375_000);
      }),
    );
  });
});

describe('bootDelay', () => {
  test('starts at 10 ms, slows to 250 ms, and never costs a boot more than 2 % and 10 ms', () => {
    expect([0, 100, 500, 1_500, 5_000, 60_000].map(bootDelay)).toEqual([10, 10, 10, 30, 100, 250]);
    fc.assert(
      fc.property(fc.nat({ max: 600_000 }), (bootingFor) => {
        expect(bootDelay(bootingFor)).toBeLessThanOrEqual(Math.max(10, bootingFor * 0.02));
      }),
    );
  });
});
