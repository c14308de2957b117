import { afterEach, describe, expect, test } from 'vitest';
import { endWorlds, realWorld } from './real-world.ts';

afterEach(endWorlds);

const MEBIBYTE = 1024 * 1024;

describe('P13: a child that floods', () => {
  test.each(['lines', 'endless'])(
    'a flood of 128 MiB on both pipes (%s) is read within bounded memory and lines',
    async (kind) => {
      const world = await realWorld([`flood=stdout:128:${kind}`, `flood=stderr:128:${kind}`, 'live']);
      const before = process.memoryUsage.rss();
      let peak = before;
      let seen = 0;
      let over = 0;
      const bothOver = new Promise<void>((resolve) => {
        world.supervisor.on('line', ({ text }) => {
          seen += 1;
          if (seen % 50 === 0) peak = Math.max(peak, process.memoryUsage.rss());
          if (text === 'flood over') over += 1;
          if (over === 2) resolve();
        });
      });
      const up = world.up();
      await bothOver;
      expect(peak - before).toBeLessThan(160 * MEBIBYTE);
      // A burst of 4000 a stream, then a thousand a second: far from the 2.7 million that were sent.
      expect(world.lines.length).toBeLessThan(100_000);
      expect(world.supervisor.lines().length).toBeLessThanOrEqual(2_000);
      expect(await world.down('kill')).toMatchObject({ outcome: 'idle' });
      expect(await up).toEqual({ outcome: 'superseded' });
    },
  );

  test('a child that floods and dies reports its last lines, not the middle of the flood', async () => {
    const world = await realWorld(['flood=stdout:32:lines', 'complain=Error: the reason', 'exit-after=200']);
    const result = await world.up();
    expect(result).toMatchObject({ outcome: 'failed', problem: { code: 'gateway.exited' } });
    expect(world.supervisor.lastExit?.lastLines).toContain('Error: the reason');
  });

  test('does not keep a stop waiting', async () => {
    const world = await realWorld(['exit-on-sigterm', 'flood=stdout:4096:lines', 'listen={port}']);
    expect(await world.up()).toMatchObject({ outcome: 'running' });
    expect(await world.down()).toMatchObject({ outcome: 'idle' });
  });
});
