import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { isAlive } from '../process/real.ts';
import { endWorlds, realWorld } from './real-world.ts';

afterEach(endWorlds);

const gateway = fileURLToPath(new URL('../../../gateway/dist/deskclaw-gateway.js', import.meta.url));
const command = (...args: string[]) => [process.execPath, gateway, '--port', '{port}', ...args];

/** The program the first run starts; needs the packages built. */
describe.skipIf(!existsSync(gateway))('the built-in gateway', () => {
  test('starts, ends when asked, and says so by its exit code', async () => {
    const world = await realWorld([], { command: command('--lifeline'), lifeline: true });
    expect(await world.up()).toMatchObject({ outcome: 'running' });
    expect(await world.down()).toMatchObject({ outcome: 'idle' });
    expect(world.supervisor.lastExit).toMatchObject({ code: 0, signal: null, cause: 'requested' });
  });

  test('comes back after kill -9', async () => {
    const world = await realWorld([], { command: command() });
    await world.up();
    const before = world.supervisor.child?.pid ?? 0;
    process.kill(before, 'SIGKILL');
    await world.reaches('terminating');
    await world.reaches('running');
    expect(world.supervisor.child?.pid).not.toBe(before);
    expect([...world.pids].filter(isAlive)).toEqual([world.supervisor.child?.pid]);
  });

  test('the built-in gateway with a wrong option fails with its own message', async () => {
    const world = await realWorld([], { command: command('--no-such-option') });
    const result = await world.up();
    expect(result).toMatchObject({ outcome: 'failed', problem: { code: 'gateway.exited' } });
    expect(result.outcome === 'failed' && result.problem.detail).toContain('no-such-option');
  });

  test.each([
    ['ignore-sigterm', 'SIGKILL'],
    ['grandchild', null],
  ])('the built-in gateway with the fault %s is stopped all the same', async (fault, signal) => {
    const world = await realWorld([], {
      command: command('--allow-faults', '--fault', fault),
      stop: { graceMs: 300 },
    });
    const up = await world.up();
    expect(up).toMatchObject({ outcome: 'running' });
    expect(await world.down()).toMatchObject({ outcome: 'idle' });
    expect(world.supervisor.lastExit?.signal).toBe(signal);
    expect([...world.pids].filter(isAlive)).toEqual([]);
  });
});
