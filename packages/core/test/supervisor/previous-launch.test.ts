import { describe, expect, test } from 'vitest';
import type { LaunchPlan } from '../../src/supervisor/launch-plan.ts';
import { healthy, PORT, runningWorld, World, watch } from './world.ts';

/** A world in which the gateway of a dead host runs. */
async function orphaned(...options: Parameters<typeof runningWorld>): Promise<World> {
  const world = await runningWorld(...options);
  world.replaceHost();
  return world;
}

/** Starts with an altered plan; `withinMs` later the result is returned. */
async function upWith(world: World, change: Partial<LaunchPlan>, withinMs = 1_000) {
  const up = watch(world.supervisor.up({ ...world.plan, ...change }, 9));
  await world.clock.advance(withinMs);
  return up.value;
}

describe('the gateway of a dead host', () => {
  test.each<[string, Partial<LaunchPlan>]>([
    ['command', { command: ['/opt/other'] }],
    ['folder', { cwd: '/' }],
    ['address', { host: '127.0.0.2' }],
    ['port', { port: 18_790 }],
  ])('a gateway with another %s than wanted is stopped with SIGTERM, not adopted', async (_what, change) => {
    const world = await orphaned();
    const old = world.machine.mains[0];
    expect(await upWith(world, { ...change, startup: { timeoutMs: 500 } })).toBeDefined();
    expect(world.machine.spawns).toBe(2);
    expect(world.machine.signals.slice(0, 1)).toMatchObject([{ pid: old?.pid, signal: 'SIGTERM' }]);
    expect(world.machine.mains).not.toContainEqual(old);
  });

  test.each<[string, Partial<LaunchPlan>]>([
    ['limits', { startup: { timeoutMs: 5_000 }, stop: { graceMs: 1 } }],
    ['environment', { env: { A: '1' } }],
  ])('a gateway with other %s than wanted is adopted as it is', async (_what, change) => {
    const world = await orphaned();
    expect(await upWith(world, change)).toMatchObject({ outcome: 'running' });
    expect([world.machine.spawns, world.machine.signals]).toEqual([1, []]);
  });

  test('a gateway that ends by SIGTERM within its grace gets no SIGKILL, and the start waits for it', async () => {
    const world = await orphaned({ behave: () => ({ ...healthy, sigtermMs: 400 }) });
    const up = watch(world.restart());
    await world.clock.advance(390);
    expect([up.value, world.machine.spawns]).toEqual([undefined, 1]);
    await world.clock.advance(200);
    expect(up.value).toMatchObject({ outcome: 'running' });
    expect(world.machine.signals.map(({ signal }) => signal)).toEqual(['SIGTERM']);
  });

  test('a gateway that ignores SIGTERM gets SIGKILL once its grace is over', async () => {
    const world = await orphaned({
      behave: (spawn) => (spawn === 1 ? { ...healthy, sigtermMs: 'never' } : healthy),
      plan: { stop: { graceMs: 1_000 } },
    });
    const up = watch(world.restart());
    await world.clock.advance(990);
    expect(world.machine.signals.map(({ signal }) => signal)).toEqual(['SIGTERM']);
    await world.clock.advance(150);
    expect(up.value).toMatchObject({ outcome: 'running' });
    expect(world.machine.mains).toHaveLength(1);
  });

  test('a stop cuts short the grace of a gateway that a start was about to replace', async () => {
    const world = await orphaned({ behave: () => ({ ...healthy, sigtermMs: 'never' }) });
    void world.restart();
    await world.clock.advance(100);
    const down = watch(world.down());
    await world.clock.advance(100);
    expect(down.value?.outcome).toBe('idle');
    expect([world.machine.ours, world.machine.spawns]).toEqual([[], 1]);
  });

  test('a gateway that survives SIGKILL refuses the start by name, and stays on record', async () => {
    const world = await orphaned({
      behave: () => ({ ...healthy, sigtermMs: 'never', sigkillMs: 'never' }),
      plan: { stop: { graceMs: 100, killMs: 2_000 } },
    });
    const pid = world.machine.mains[0]?.pid ?? 0;
    const up = watch(world.restart());
    await world.clock.advance(2_300);
    expect(up.value).toMatchObject({ outcome: 'failed', problem: { code: 'gateway.not-stopped' } });
    const detail = up.value?.outcome === 'failed' ? up.value.problem.detail : '';
    expect(detail).toContain(`gateway (pid ${String(pid)})`);
    expect(detail).toContain('2 s');
    expect(world.machine.record).toContain(String(pid));
  });

  test('a stop during the read of the record leaves the gateway of a dead host alone', async () => {
    const world = await orphaned();
    world.machine.disk = { delayMs: 100, fails: false };
    void world.restart();
    await world.clock.advance(50);
    const down = watch(world.down());
    await world.clock.advance(200);
    expect(down.value?.outcome).toBe('idle');
    expect([world.machine.signals, world.machine.mains.length]).toEqual([[], 1]);
    expect(world.machine.record).toBeDefined();
  });

  test('a gateway that was gone already is forgotten, and a new one starts', async () => {
    const world = await orphaned();
    world.machine.end(world.machine.mains[0]?.pid ?? 0, 0, null);
    const up = watch(world.up());
    await world.clock.advance(200);
    expect(up.value).toMatchObject({ outcome: 'running' });
    expect(world.machine.signals).toEqual([]);
  });
});

describe('a gateway whose pid was not recorded', () => {
  /** The record from before the pid was known, with the process of `commandLine` alive. */
  async function unrecorded(commandLine: string | undefined, listening: readonly number[]): Promise<World> {
    const world = new World({ behave: () => ({ ...healthy, spawnDelayMs: 5 }) });
    void world.up();
    await world.clock.advance(4);
    const early = world.machine.record;
    await world.clock.advance(100);
    world.replaceHost();
    world.machine.setRecord(early);
    world.host.processes.commandLine = () => commandLine;
    world.host.tcpPorts.listening = () => Promise.resolve(listening.map((port) => ({ address: '127.0.0.1', port })));
    return world;
  }

  test.each<[line: string | undefined, listening: readonly number[], isAdopted: boolean]>([
    ['/opt/gateway --port 18789', [], true],
    ['gateway --port 18789', [], true],
    ['/usr/bin/node /opt/gateway --port 18789', [], true],
    ['node gateway --port 18789', [], true],
    ['/opt/my-gateway --port 18789', [], false],
    ['/opt/gateway --port 18789 --help', [], false],
    ['/opt/gateway', [], false],
    [undefined, [], false],
    [undefined, [1, PORT], true],
    ['/opt/helper', [1], false],
  ])('a process with the command line %j that listens on %j is adopted: %s', async (line, listening, isAdopted) => {
    const world = await unrecorded(line, listening);
    const up = watch(world.up());
    await world.clock.advance(500);
    expect(up.value).toMatchObject({ outcome: 'running' });
    expect(world.machine.spawns).toBe(isAdopted ? 1 : 2);
    expect(world.machine.mains).toHaveLength(1);
  });
});

describe('the gateway of a living host', () => {
  test('a gateway that another host supervises refuses the start, and names process and port', async () => {
    const world = await runningWorld();
    const owner = world.host.identity.pid;
    world.addHost();
    expect(await world.up()).toMatchObject({
      outcome: 'failed',
      problem: {
        code: 'state.locked',
        detail: expect.stringContaining(`Process ${String(owner)} supervises the gateway on port 18789.`),
      },
    });
    expect(world.machine.signals).toEqual([]);
  });

  test('a record of a living host whose gateway is gone refuses nothing', async () => {
    const world = await runningWorld();
    const record = world.machine.record;
    const down = watch(world.down());
    await world.clock.advance(100);
    expect(down.value?.outcome).toBe('idle');
    world.machine.setRecord(record);
    world.addHost();
    const up = watch(world.up());
    await world.clock.advance(200);
    expect(up.value).toMatchObject({ outcome: 'running' });
  });
});
