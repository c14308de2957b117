import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bootDelay, peerDelay } from '../../src/connection/backoff.ts';

const random = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('peerDelay', () => {
  test('peerDelay never falls below the requested time and stays within its bounds', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e15, noNaN: true }), random, (ms, r) => {
        const delay = peerDelay(ms, r);
        expect(delay).toBeGreaterThanOrEqual(Math.min(ms, 300_000));
        expect(delay).toBeGreaterThanOrEqual(100);
        expect(delay).toBeLessThanOrEqual(375_000);
      }),
    );
  });
});

describe('bootDelay', () => {
  test('bootDelay starts at 10 ms, slows to 250 ms, and never costs a boot more than 2 % and 10 ms', () => {
    expect([0, 100, 500, 1_500, 5_000, 60_000].map(bootDelay)).toEqual([10, 10, 10, 30, 100, 250]);
    fc.assert(
      fc.property(fc.nat({ max: 600_000 }), (bootingFor) => {
        expect(bootDelay(bootingFor)).toBeLessThanOrEqual(Math.max(10, bootingFor * 0.02));
      }),
    );
  });
});
