import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { retryDelay } from '../../src/session/backoff.ts';

describe('the wait for a lost host', () => {
  it('stays between half of its step and the whole of it, and under 5 s', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.double({ min: 0, max: 0.999, noNaN: true }),
        (failures, random) => {
          const step = Math.min(5_000, 250 * 2 ** Math.min(failures - 1, 10));
          expect(retryDelay(failures, random)).toBeGreaterThanOrEqual(Math.floor(step / 2));
          expect(retryDelay(failures, random)).toBeLessThanOrEqual(step);
        },
      ),
    );
  });
});
