import { describe, expect, it, test } from 'vitest';
import { WallTimes, withWholeMilliseconds } from '../../src/manager/wall-times.ts';
import { healthy, ManagerWorld } from './manager-world.ts';

describe('WallTimes', () => {
  let monotonic = 0;
  let wall = 1_000_000;
  const times = new WallTimes({ now: () => monotonic, wallTime: () => wall });

  it('gives a time the same whole epoch each time, however the clocks drift', () => {
    monotonic = 100.4;
    wall = 1_000_100.9;
    expect(times.of(100.4)).toBe(1_000_100);
    monotonic = 50_100.4;
    wall = 1_050_107;
    expect(times.of(100.4)).toBe(1_000_100);
  });

  it.each([-2 * 86_400_000, 400 * 86_400_000])('moves all times with a wall clock that is set by %d ms', (jump) => {
    const before = times.of(monotonic) - times.of(100.4);
    wall += jump;
    expect(times.of(monotonic) - times.of(100.4)).toBe(before);
    expect(Math.abs(times.of(monotonic) - wall)).toBeLessThan(1_000);
  });
});

test('a clock with fractions of milliseconds stamps whole ones', () => {
  const clock = { now: () => 1.5, wallTime: () => 1_000.6, schedule: () => () => undefined };
  expect([withWholeMilliseconds(clock).wallTime(), withWholeMilliseconds(clock).now()]).toEqual([1_001, 1.5]);
});

describe('a status after the wall clock was set', () => {
  it.each([-2 * 86_400_000, 400 * 86_400_000])('by %d ms has the ages that it had before', async (jump) => {
    const world = await ManagerWorld.running({ behave: () => ({ ...healthy, exit: { afterMs: 5_000, code: 3 } }) });
    await world.clock.advance(6_000);
    const ages = () => {
      const { asOf = 0, since, lastExit, connectedAt = 0, uptime } = world.manager.getStatus();
      return [asOf - since, asOf - (lastExit?.at ?? 0), asOf - connectedAt, uptime];
    };
    const before = ages();
    expect(before.every((age) => age !== undefined && age >= 0 && age < 10_000)).toBe(true);
    world.clock.setWall(jump);
    expect(ages()).toEqual(before);
    await world.clock.advance(1_000);
    expect(ages()).toEqual(before.map((age) => (age ?? 0) + 1_000));
    const { asOf, since, lastExit } = world.manager.getStatus();
    expect([asOf, since, lastExit?.at].every(Number.isInteger)).toBe(true);
    await world.settle(world.manager.stop());
  });
});
