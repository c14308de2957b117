import fc from 'fast-check';
import { expect, it } from 'vitest';
import { backoffDelay } from '../src/backoff.ts';

const policy = { baseDelayMs: 1_000, maxDelayMs: 30_000 };

it('backoffDelay doubles from the base to the cap, with half of each delay fixed', () => {
  const halves = [1, 2, 3, 4, 5, 6, 7].map((attempt) => backoffDelay(policy, attempt, 0));
  expect(halves).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000]);
});

it('backoffDelay stays between half and the whole of the step for any attempt, and spreads the random half evenly', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      (attempt, random) => {
        const full = Math.min(30_000, 1_000 * 2 ** Math.min(52, attempt - 1));
        const delay = backoffDelay(policy, attempt, random);
        expect(delay).toBeGreaterThanOrEqual(full / 2);
        expect(delay).toBeLessThanOrEqual(full);
        expect((delay - full / 2) / (full / 2)).toBeCloseTo(random, 9);
      },
    ),
  );
});

it.each([0, -3])('backoffDelay treats attempt %d as the first', (attempt) => {
  expect(backoffDelay(policy, attempt, 0.5)).toBe(backoffDelay(policy, 1, 0.5));
});
