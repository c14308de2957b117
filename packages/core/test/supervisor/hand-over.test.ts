import { describe, expect, test } from 'vitest';
import { healthy, PORT, runningWorld, World, watch } from './world.ts';

describe('handOver', () => {
  test('handOver leaves the process to the next host, which adopts it even for another command', async () => {
    const world = await runningWorld();
    const { child } = world.supervisor;
    const left = world.supervisor.handOver();
    await left?.recorded;
    expect(Object.keys(left ?? {})).toEqual(['recorded']);
    expect(world.timers).toBe(0);
    expect(JSON.parse(world.machine.record ?? '')).toMatchObject({ handedOver: true, child });
    world.replaceHost();
    const up = watch(world.supervisor.up({ ...world.plan, command: ['/opt/newer'] }, 9));
    await world.clock.advance(100);
    expect(up.value).toMatchObject({ outcome: 'running', child });
    expect(JSON.parse(world.machine.record ?? '')).not.toHaveProperty('handedOver');
    expect([world.machine.spawns, world.machine.signals]).toEqual([1, []]);
  });

  test('a supervisor that handed its process over does nothing any more', async () => {
    const world = await runningWorld();
    const { child, state } = world.supervisor;
    world.supervisor.handOver();
    const down = watch(world.down('kill'));
    await world.clock.advance(1_000);
    expect([down.value, world.supervisor.state, world.machine.signals]).toEqual([undefined, state, []]);
    world.machine.end(child?.pid ?? 0, 1, null);
    await world.clock.advance(1_000);
    expect([world.supervisor.state, world.machine.spawns]).toEqual([state, 1]);
    expect(world.supervisor.handOver()).toBeUndefined();
  });

  test('handOver of what does not run changes nothing', async () => {
    const world = new World();
    expect(world.supervisor.handOver()).toBeUndefined();
    const up = watch(world.up());
    await world.clock.advance(20);
    expect(world.supervisor.state.name).toBe('booting');
    expect(world.supervisor.handOver()).toBeUndefined();
    await world.clock.advance(100);
    expect(up.value).toMatchObject({ outcome: 'running' });
  });

  test('handOver without a store still leaves the process', async () => {
    const world = await runningWorld({ withoutRecords: true });
    await world.supervisor.handOver()?.recorded;
    expect([world.machine.mains.length, world.machine.signals]).toEqual([1, []]);
  });
});

describe('a process that was adopted', () => {
  async function adopted(): Promise<World> {
    const world = await runningWorld();
    world.replaceHost();
    const up = watch(world.up());
    await world.clock.advance(100);
    expect(up.value).toMatchObject({ outcome: 'running' });
    return world;
  }

  test('the boot time of an adopted process is not counted as a start', async () => {
    const world = await adopted();
    expect(world.supervisor.usualBootMs).toBeUndefined();
  });

  test('an adopted process that is killed leaves no timer behind', async () => {
    const world = await adopted();
    const down = watch(world.down('kill'));
    await world.clock.advance(20);
    expect([down.value?.outcome, world.timers]).toEqual(['idle', 0]);
  });

  test('adoption is announced with launch, process and generation, and the record names the new owner', async () => {
    const world = await runningWorld();
    const { child } = world.supervisor;
    world.replaceHost();
    const heard: unknown[] = [];
    world.supervisor.on('spawned', () => heard.push('spawned'));
    world.supervisor.on('adopted', (event) => heard.push(event));
    void world.up();
    await world.clock.advance(100);
    expect(heard).toEqual([{ launch: 1, child, generation: 2 }]);
    expect(JSON.parse(world.machine.record ?? '')).toMatchObject({ child, owner: world.host.identity });
  });

  test('a process that dies while its adoption is written down is replaced by a new one', async () => {
    const world = await runningWorld();
    world.replaceHost();
    world.machine.disk = { delayMs: 50, fails: false };
    const up = watch(world.up());
    await world.clock.advance(60);
    world.machine.end(world.machine.mains[0]?.pid ?? 0, 1, null);
    await world.clock.advance(1_000);
    expect(up.value).toMatchObject({ outcome: 'running', launch: 1 });
    expect([world.machine.spawns, world.machine.mains.length]).toEqual([2, 1]);
  });

  test('a process table that fails during an adoption fails the start, not the supervisor', async () => {
    const world = await runningWorld();
    world.replaceHost();
    world.machine.disk = { delayMs: 50, fails: false };
    const up = watch(world.up());
    await world.clock.advance(60);
    const { find } = world.host.processes;
    world.host.processes.find = () => {
      throw new Error('EMFILE: too many open files');
    };
    await world.clock.advance(100);
    expect(up.value).toMatchObject({
      outcome: 'failed',
      problem: { code: 'internal', detail: expect.stringMatching(/Preparing ".*gateway" failed: EMFILE/) },
    });
    world.host.processes.find = find;
    const again = watch(world.up());
    await world.clock.advance(1_000);
    expect(again.value).toMatchObject({ outcome: 'running' });
    expect(world.machine.mains).toHaveLength(1);
  });
});

describe('verifyPortOwner', () => {
  const [localAddress, remoteAddress] = ['127.0.0.1', '127.0.0.1'];
  const connection = { localAddress, localPort: 1, remoteAddress, remotePort: PORT, isOpen: () => true };
  const closed = { code: 'connection.closed' };

  test('verifyPortOwner accepts our child, and nothing where no launch has a process', async () => {
    const world = new World();
    expect(await world.supervisor.verifyPortOwner(1, connection)).toMatchObject(closed);
    void world.up();
    await world.clock.advance(1);
    expect(await world.supervisor.verifyPortOwner(1, connection)).toMatchObject(closed);
    await world.clock.advance(200);
    expect(await world.supervisor.verifyPortOwner(1, connection)).toBeUndefined();
    expect(await world.supervisor.verifyPortOwner(2, connection)).toMatchObject(closed);
    expect(world.supervisor.state.name).toBe('running');
  });

  test('verifyPortOwner accepts nothing for a launch that is over', async () => {
    const world = await runningWorld();
    world.machine.end(world.supervisor.child?.pid ?? 0, 1, null);
    await world.clock.advance(200);
    expect(world.supervisor.state).toMatchObject({ name: 'running', launch: 2 });
    expect(await world.supervisor.verifyPortOwner(1, connection)).toMatchObject(closed);
    expect(await world.supervisor.verifyPortOwner(2, connection)).toBeUndefined();
    expect(world.supervisor.state.name).toBe('running');
  });

  test('a process that takes the port of a launch ends the launch, and is named in the problem', async () => {
    const world = new World({ plan: { crash: { maxCrashes: 0 } } });
    const thief = world.machine.addForeign();
    void world.up();
    await world.clock.advance(200);
    world.machine.stopListening(PORT);
    world.machine.listen(thief.pid, PORT);
    expect(await world.supervisor.verifyPortOwner(1, connection)).toMatchObject({ code: 'port.in-use' });
    await world.clock.advance(200);
    expect(world.supervisor.state).toMatchObject({ name: 'failed', problem: { code: 'port.in-use' } });
    const { state } = world.supervisor;
    expect(state.name === 'failed' && state.problem.detail).toContain(`stranger (pid ${String(thief.pid)})`);
    expect(world.machine.mains).toEqual([]);
    expect(world.machine.isAlive(thief)).toBe(true);
  });

  test('a connection that closes before its other end is known is refused, and the launch goes on', async () => {
    const world = await runningWorld();
    world.machine.stopListening(PORT);
    const verdict = world.supervisor.verifyPortOwner(1, { ...connection, isOpen: () => false });
    await world.clock.advance(200);
    expect(await verdict).toMatchObject(closed);
    expect(world.supervisor.state.name).toBe('running');
  });
});

describe('cpuMs', () => {
  test('cpuMs is the CPU time of the running process, and unknown without one', async () => {
    const world = new World();
    expect(world.supervisor.cpuMs()).toBeUndefined();
    void world.up();
    await world.clock.advance(200);
    world.machine.work(world.supervisor.child?.pid ?? 0, 0.5);
    await world.clock.advance(100);
    expect(world.supervisor.cpuMs()).toBe(50);
  });

  test('cpuMs of a pid that another process has by now is unknown', async () => {
    const world = await runningWorld({ behave: () => ({ ...healthy, zombieMs: 500 }) });
    const pid = world.supervisor.child?.pid ?? 0;
    world.machine.end(pid, 1, null);
    world.machine.addForeign({ pid });
    world.machine.work(pid, 1);
    await world.clock.advance(100);
    expect([world.supervisor.child?.pid, world.supervisor.cpuMs()]).toEqual([pid, undefined]);
  });
});
