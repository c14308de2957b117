import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { nodeTcpPorts } from '../../src/ports/node/node-tcp-ports.ts';
import { endAll, isAlive, type RealChild, spawnReal } from '../process/real.ts';
import { endWorlds, type RealWorld, realWorld } from './real-world.ts';

afterEach(async () => {
  endAll();
  await endWorlds();
});

const hostScript = fileURLToPath(new URL('./fixtures/host.mjs', import.meta.url));

interface Host {
  readonly process: RealChild;
  readonly child: number;
  /** As SIGKILL, a crash or a full memory would end it. */
  kill: () => Promise<void>;
}

/** Starts a supervisor in a process of its own and waits until its child runs. */
async function startHost(world: RealWorld): Promise<Host> {
  const process_ = spawnReal({
    file: process.execPath,
    args: [hostScript, JSON.stringify({ ...world.plan, recordPath: world.recordPath })],
  });
  const child = Number(await process_.says(/running (\d+) \d+/));
  world.pids.add(child);
  for (const found of process_.stdout().matchAll(/helper (\d+)/g)) world.pids.add(Number(found[1]));
  return {
    process: process_,
    child,
    kill: async () => {
      process.kill(await process_.pid, 'SIGKILL');
      await process_.exit;
    },
  };
}

async function expectNothingLeft(world: RealWorld): Promise<void> {
  await expect.poll(() => [...world.pids].filter(isAlive)).toEqual([]);
  expect(await nodeTcpPorts.check('127.0.0.1', world.plan.port)).toBe('free');
}

describe('P12: the host is killed', () => {
  test('a child with a lifeline ends when its host is killed', async () => {
    const world = await realWorld(['lifeline', 'listen={port}'], { lifeline: true });
    const host = await startHost(world);
    await host.kill();
    await expect.poll(() => isAlive(host.child)).toBe(false);
    await expectNothingLeft(world);
  });

  test('a child without a lifeline is adopted by the next host: one gateway, never two', async () => {
    const world = await realWorld(['listen={port}']);
    const host = await startHost(world);
    await host.kill();
    expect(isAlive(host.child)).toBe(true);
    expect(await world.supervisor.findOwned()).toMatchObject({ child: { pid: host.child } });
    const up = await world.up();
    expect(up).toMatchObject({ outcome: 'running', child: { pid: host.child } });
    expect(world.supervisor.state).toMatchObject({ name: 'running', adopted: true });
    const record: unknown = JSON.parse(await readFile(world.recordPath, 'utf8'));
    expect(record).toMatchObject({ owner: { pid: process.pid }, child: { pid: host.child } });
    expect(await world.down()).toMatchObject({ outcome: 'idle', previous: { pid: host.child } });
    await expectNothingLeft(world);
  });

  test('an adopted child that exits is replaced', async () => {
    const world = await realWorld(['listen={port}']);
    const host = await startHost(world);
    await host.kill();
    await world.up();
    process.kill(host.child, 'SIGKILL');
    await world.reaches('terminating');
    expect(await world.reaches('running')).toMatchObject({ adopted: false });
    expect(world.supervisor.lastExit).toMatchObject({ pid: host.child, code: null, signal: null });
    await world.down();
    await expectNothingLeft(world);
  });

  test('a child that dies of broken pipes after its host is replaced: one gateway, never two', async () => {
    const world = await realWorld(['listen={port}', 'chatter=5']);
    const host = await startHost(world);
    await host.kill();
    expect(await world.up()).toMatchObject({ outcome: 'running' });
    // The old child may still be exiting. In the end exactly one process lives, and it is the supervised one.
    const onlyOurs = () => {
      const { child, state } = world.supervisor;
      const alive = [...world.pids].filter(isAlive);
      return state.name === 'running' && alive.length === 1 && alive[0] === child?.pid;
    };
    await expect.poll(onlyOurs).toBe(true);
    await world.down();
    await expectNothingLeft(world);
  });

  test('a restart after the host was killed starts a new process', async () => {
    const world = await realWorld(['exit-on-sigterm', 'helper=session', 'listen={port}']);
    const host = await startHost(world);
    await host.kill();
    const result = await world.restart();
    expect(result).toMatchObject({ outcome: 'running' });
    expect(isAlive(host.child)).toBe(false);
    expect([...world.pids].filter(isAlive)).toHaveLength(2);
    await world.down();
    await expectNothingLeft(world);
  });

  test('helpers of a killed host and child are killed before the next start', async () => {
    const world = await realWorld(['helper=session', 'helper=group', 'listen={port}']);
    const host = await startHost(world);
    await host.kill();
    process.kill(host.child, 'SIGKILL');
    await expect.poll(() => isAlive(host.child)).toBe(false);
    const left = [...world.pids].filter((pid) => pid !== host.child);
    expect(left.filter(isAlive)).toHaveLength(2);
    expect(await world.up()).toMatchObject({ outcome: 'running' });
    expect(left.filter(isAlive)).toEqual([]);
    await world.down();
    await expectNothingLeft(world);
  });

  test('a child is not adopted while its host lives', async () => {
    const world = await realWorld(['listen={port}']);
    const host = await startHost(world);
    expect(await world.supervisor.findOwned()).toBeUndefined();
    expect(await world.up()).toMatchObject({ outcome: 'failed', problem: { code: 'state.locked' } });
    expect(isAlive(host.child)).toBe(true);
    await host.kill();
  });

  test('a child suspended with SIGSTOP is replaced by the next host', async () => {
    const world = await realWorld(['listen={port}'], { stop: { graceMs: 100 } });
    const host = await startHost(world);
    process.kill(host.child, 'SIGSTOP');
    await host.kill();
    // The kernel still accepts connections for it, which our stand-in takes for ready; a real handshake would fail.
    const up = await world.up();
    expect(up).toMatchObject({ outcome: 'running', child: { pid: host.child } });
    if (up.outcome === 'running') world.supervisor.restartUnresponsive(up.launch, 'silent');
    await world.reaches('terminating');
    expect(await world.reaches('running')).toMatchObject({ adopted: false });
    expect(isAlive(host.child)).toBe(false);
  });
});
