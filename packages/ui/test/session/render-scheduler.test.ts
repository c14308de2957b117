import { describe, expect, it } from 'vitest';
import { RenderScheduler } from '../../src/session/render-scheduler.ts';
import { VirtualClock } from '../support/virtual-clock.ts';

/** A screen whose pictures each take `cost` ms, while things come in all the time. */
async function paintFor(ms: number, cost: number, size: number): Promise<readonly number[]> {
  const clock = new VirtualClock(0);
  const paintedAt: number[] = [];
  let busyUntil = 0;
  const painter: RenderScheduler = new RenderScheduler(
    { clock, nextFrame: (run) => clock.schedule(Math.max(busyUntil - clock.now(), 16), run) },
    () => {
      paintedAt.push(clock.now());
      busyUntil = clock.now() + cost;
      painter.rendered(size);
      painter.request();
    },
  );
  painter.request();
  await clock.advance(ms);
  painter.close();
  const left = clock.pending;
  await clock.advance(1_000);
  expect([left, clock.pending]).toEqual([0, 0]);
  return paintedAt;
}

describe('RenderScheduler', () => {
  it('renders with every frame at a low event rate', async () => {
    expect(await paintFor(1_600, 5, 9)).toHaveLength(100);
  });

  it('renders about 15 times a second during a burst', async () => {
    expect(await paintFor(3_300, 5, 100)).toHaveLength(50);
  });

  it('renders less often the more a frame costs, leaving two thirds of the time free', async () => {
    const slow = await paintFor(6_000, 100, 100);
    expect(slow.length).toBeGreaterThanOrEqual(18);
    expect(slow.length * 100).toBeLessThanOrEqual(2_000);
  });

  it('renders at least twice a second plus frame cost on the slowest machine', async () => {
    const gaps = (await paintFor(20_000, 1_000, 100)).map((at, index, all) => at - (all[index - 1] ?? 0)).slice(1);
    for (const gap of gaps) expect(gap).toBeLessThanOrEqual(1_000 + 500 + 16);
  });
});
