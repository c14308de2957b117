import { describe, expect, it } from 'vitest';
import { WallTimes } from '../../src/manager/wall-times.ts';

describe('a moment', () => {
  let monotonic = 0;
  let wall = 1_000_000;
  const times = new WallTimes({ now: () => monotonic, wallTime: () => wall, schedule: () => () => undefined });

  it('keeps the epoch it was first given, however the clocks drift', () => {
    monotonic = 100.4;
    expect(times.of(100.4)).toBe(1_000_000);
    monotonic = 50_100.4;
    wall = 1_050_007;
    expect(times.of(100.4)).toBe(1_000_000);
  });

  it('that is new follows the clocks as they are now', () => {
    expect(times.of(50_100.4)).toBe(1_050_007);
  });

  it('is forgotten once many newer ones were asked for', () => {
    for (let at = 0; at < 8; at += 1) times.of(60_000 + at);
    expect(times.of(100.4)).toBe(1_000_007);
  });
});
