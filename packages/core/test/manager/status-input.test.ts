import { describe, expect, it } from 'vitest';
import { WallTimes } from '../../src/manager/status-input.ts';

describe('WallTimes', () => {
  let monotonic = 0;
  let wall = 1_000_000;
  const times = new WallTimes({ now: () => monotonic, wallTime: () => wall, schedule: () => () => undefined });

  it('gives a time the same epoch each time, however the clocks drift', () => {
    monotonic = 100.4;
    expect(times.of(100.4)).toBe(1_000_000);
    monotonic = 50_100.4;
    wall = 1_050_007;
    expect(times.of(100.4)).toBe(1_000_000);
  });

  it('converts a new time by the clocks as they are now', () => {
    expect(times.of(50_100.4)).toBe(1_050_007);
  });

  it('forgets the oldest time once eight newer ones were converted', () => {
    for (let at = 0; at < 8; at += 1) times.of(60_000 + at);
    expect(times.of(100.4)).toBe(1_000_007);
  });
});
