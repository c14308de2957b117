import { describeProblem } from '@deskclaw/protocol';
import { describe, expect, test } from 'vitest';
import { Supervisor } from '../../src/supervisor/supervisor.ts';
import { healthy, PORT, runningWorld, World, watch } from './world.ts';

describe('up', () => {
  test('goes through preflight, spawn and boot to running, and tells each step', async () => {
    const world = await runningWorld();
    expect(world.states).toEqual(['preflight', 'spawning', 'booting', 'running']);
    expect(world.supervisor.usualBootMs).toBe(50);
    const { child } = world.supervisor;
    expect(await world.up()).toStrictEqual({ outcome: 'running', launch: 1, child, bootMs: 50, previous: child });
    expect(world.machine.mains.map((info) => info.pid)).toEqual([world.supervisor.child?.pid]);
  });

  test('three times at once is one process and three answers alike', async () => {
    const world = new World();
    const answers = [world.up(), world.up(), world.up()].map(watch);
    await world.clock.advance(200);
    expect(world.machine.spawns).toBe(1);
    expect(answers.map(({ value }) => value?.outcome)).toEqual(['running', 'running', 'running']);
  });

  test('up with an old generation is answered and changes nothing', async () => {
    const world = await runningWorld();
    const { child } = world.supervisor;
    expect(await world.supervisor.up({ ...world.plan, port: 1 }, 1)).toMatchObject({ outcome: 'running' });
    expect(await world.supervisor.down(0)).toEqual({ outcome: 'superseded' });
    expect(world.supervisor.child).toEqual(child);
  });

  test('up on a port in use fails at once, names the owner and leaves it alone', async () => {
    const world = new World();
    const stranger = world.machine.addForeign({ port: PORT });
    const result = await world.up();
    expect(result).toMatchObject({ outcome: 'failed', problem: { code: 'port.in-use' } });
    expect(result.outcome === 'failed' && result.problem.detail).toContain(`stranger (pid ${String(stranger.pid)})`);
    expect(world.machine.spawns).toBe(0);
    expect(world.machine.signals).toEqual([]);
  });

  test('up of a program that cannot be spawned fails with the reason', async () => {
    const world = new World({ behave: () => ({ spawnFailure: { code: 'EACCES', message: 'spawn EACCES' } }) });
    const up = watch(world.up());
    await world.clock.advance(10);
    expect(up.value).toMatchObject({ outcome: 'failed', problem: { code: 'gateway.not-found' } });
    expect(world.machine.record).toBeUndefined();
  });

  test('up that a hook refuses fails with its problem before anything is spawned', async () => {
    const facts = { found: '20.1.0', path: '/usr/bin/node', needed: '>=24.16' };
    const problem = describeProblem('runtime.node-too-old', facts, 0);
    const world = new World({ plan: { prepare: async () => problem } });
    expect(await world.up()).toEqual({ outcome: 'failed', problem });
    expect(world.machine.spawns).toBe(0);
  });

  test.each([new Error('the disk is gone'), 'the disk is gone'])(
    'up whose hook rejects with %j fails with that reason',
    async (error) => {
      const world = new World({ plan: { prepare: () => Promise.reject(error) } });
      const result = await world.up();
      expect(result).toMatchObject({ outcome: 'failed', problem: { code: 'internal' } });
      const detail = result.outcome === 'failed' ? result.problem.detail : '';
      expect(detail).toContain('Preparing "/opt/gateway" failed: the disk is gone');
    },
  );

  test('up whose hook rejects after a stop is superseded, and the stop succeeds', async () => {
    const world = new World({
      plan: {
        prepare: (signal) =>
          new Promise((_, reject) => {
            signal.addEventListener('abort', () => reject(new Error('the hook was aborted')));
          }),
      },
    });
    const up = watch(world.up());
    await world.clock.advance(50);
    expect(await world.down()).toEqual({ outcome: 'idle' });
    expect([up.value, world.supervisor.state.name, world.timers]).toEqual([{ outcome: 'superseded' }, 'idle', 0]);
  });

  test.each([
    ['counted', 2_200],
    ['stopped', 3_700],
  ] as const)(
    'up on a machine that sleeps (monotonic clock %s) has its whole time afterwards',
    async (monotonic, failsAfterMs) => {
      const world = new World({ behave: () => ({}), plan: { startup: { timeoutMs: 2_000 }, stop: { graceMs: 100 } } });
      const up = watch(world.up());
      await world.clock.advance(500);
      world.clock.sleep(60_000, monotonic);
      await world.clock.advance(failsAfterMs - 300);
      expect(up.value).toBeUndefined();
      await world.clock.advance(300);
      expect(up.value).toMatchObject({ outcome: 'failed', problem: { code: 'gateway.start-timeout' } });
    },
  );

  test('up of a gateway that dies while booting fails with its code, cause and last lines', async () => {
    const world = new World({
      behave: () => ({ exit: { afterMs: 30, code: 78, stderr: ['config: unknown key "gatway"'] } }),
    });
    const up = watch(world.up());
    await world.clock.advance(100);
    expect(up.value).toMatchObject({ outcome: 'failed', problem: { code: 'gateway.exited' } });
    expect(world.supervisor.lastExit).toMatchObject({
      code: 78,
      cause: 'configuration',
      wasReady: false,
      lastLines: ['config: unknown key "gatway"'],
    });
    expect(world.supervisor.state.name).toBe('failed');
  });

  test('up of a gateway that exits with 0 before it is ready fails', async () => {
    const world = new World({ behave: () => ({ exit: { afterMs: 30, code: 0 } }) });
    const up = watch(world.up());
    await world.clock.advance(100);
    expect(up.value).toMatchObject({ outcome: 'failed' });
    expect(world.supervisor.lastExit?.cause).toBe('not-started');
  });

  test('a gateway that handed its restart over is replaced at once, and one that did not counts as an exit', async () => {
    const claims: number[] = [];
    const accepted = [true, false];
    const claimRestart = (pid: number) => {
      claims.push(pid);
      return Promise.resolve({ accepted: accepted.shift() ?? false, detail: 'a sample' });
    };
    const behave = (spawn: number) => (spawn < 3 ? { ...healthy, exit: { afterMs: 1_000, code: 0 } } : healthy);
    const world = await runningWorld({ behave, plan: { claimRestart } });
    const first = world.supervisor.child?.pid;
    await world.clock.advance(1_200);
    const second = world.supervisor.child?.pid;
    await world.clock.advance(1_200);
    expect(world.supervisor.state.name).toBe('running');
    expect(claims).toEqual([first, second]);
    expect(world.supervisor.restarts).toBe(2);
    expect(world.states.filter((state) => state === 'terminating claiming')).toHaveLength(2);
  });

  test('a stop while the restart handoff is asked for starts nothing', async () => {
    const claimRestart = () => new Promise<never>(() => undefined);
    const behave = () => ({ ...healthy, exit: { afterMs: 1_000, code: 0 } });
    const world = await runningWorld({ behave, plan: { claimRestart } });
    await world.clock.advance(1_000);
    expect(world.states.at(-1)).toBe('terminating claiming');
    const down = watch(world.down());
    await world.clock.advance(10);
    expect(down.value).toMatchObject({ outcome: 'idle' });
    await world.clock.advance(60_000);
    expect(world.machine.mains).toEqual([]);
  });

  test('a restart handoff that nobody answers is given up, and a successor starts', async () => {
    const claimRestart = () => new Promise<never>(() => undefined);
    const behave = (spawn: number) => (spawn === 1 ? { ...healthy, exit: { afterMs: 1_000, code: 0 } } : healthy);
    const world = await runningWorld({ behave, plan: { claimRestart } });
    await world.clock.advance(42_000);
    expect(world.supervisor.state.name).toBe('running');
  });

  test('a stop of a gateway that migrates its data waits for the end of that, and its start deadline waits too', async () => {
    let migrates = true;
    const problem = describeProblem('gateway.migrating', { detail: 'Process 1001 migrates.' }, 0);
    const findCriticalWork = () => Promise.resolve(migrates ? problem : undefined);
    const world = new World({ behave: () => ({}), plan: { findCriticalWork, startup: { timeoutMs: 8_000 } } });
    const up = watch(world.up());
    await world.clock.advance(60_000);
    expect(world.supervisor.state).toMatchObject({ name: 'booting', critical: problem });
    expect(up.value).toBeUndefined();
    const down = watch(world.down());
    await world.clock.advance(120_000);
    expect([down.value, world.machine.signals]).toEqual([undefined, []]);
    expect(world.supervisor.state).toMatchObject({ name: 'terminating', stage: { step: 'holding', problem } });
    migrates = false;
    await world.clock.advance(6_000);
    expect(down.value).toMatchObject({ outcome: 'idle' });
    expect(world.machine.ours).toEqual([]);
    expect(world.timers).toBe(0);
  });

  test('a forced stop ends a gateway that migrates its data, and one that does nothing of the kind stops at once', async () => {
    const problem = describeProblem('gateway.migrating', { detail: 'Process 1001 migrates.' }, 0);
    for (const found of [problem, undefined]) {
      const world = new World({ behave: () => ({}), plan: { findCriticalWork: () => Promise.resolve(found) } });
      void world.up();
      await world.clock.advance(100);
      const down = watch(world.down(found === undefined ? 'drain' : 'kill'));
      await world.clock.advance(100);
      expect(down.value).toMatchObject({ outcome: 'idle' });
    }
  });

  test('up of a gateway that is never ready fails at its deadline with the last error', async () => {
    const world = new World({ behave: () => ({}), plan: { startup: { timeoutMs: 1_000 } } });
    const up = watch(world.up());
    await world.clock.advance(500);
    world.supervisor.reportConnectError(1, 'HTTP 503');
    await world.clock.advance(600);
    expect(up.value).toMatchObject({ outcome: 'failed', problem: { code: 'gateway.start-timeout' } });
    expect(up.value?.outcome === 'failed' && up.value.problem.detail).toContain('HTTP 503');
    expect(world.machine.ours).toEqual([]);
  });

  test('up waits as long as the gateway reports that it is starting', async () => {
    const behave = () => ({ listen: { port: PORT, afterMs: 5_000 } });
    const world = new World({ behave, plan: { startup: { timeoutMs: 1_000 } } });
    const up = watch(world.up());
    for (let said = 0; said < 8; said += 1) {
      await world.clock.advance(700);
      world.supervisor.reportProgress(1);
    }
    expect(up.value).toMatchObject({ outcome: 'running' });
  });
});

describe('down', () => {
  test('leaves nothing: no process, no timer, no record', async () => {
    const world = await runningWorld();
    const { child } = world.supervisor;
    const down = watch(world.down());
    await world.clock.advance(100);
    expect(down.value).toEqual({ outcome: 'idle', previous: child });
    expect(world.machine.ours).toEqual([]);
    expect(world.timers).toBe(0);
    expect(world.machine.record).toBeUndefined();
    expect(world.supervisor.lastExit?.cause).toBe('requested');
  });

  test('down with nothing running resolves at once', async () => {
    expect(await new World().down()).toStrictEqual({ outcome: 'idle' });
  });

  test('asks first, and kills the whole tree when the grace is over', async () => {
    const world = await runningWorld({
      behave: () => ({ ...healthy, sigtermMs: 'never', children: [{}, { ownGroup: true }, { ownGroup: true }] }),
      plan: { stop: { graceMs: 1_000 } },
    });
    const down = watch(world.down());
    await world.clock.advance(999);
    expect(down.value).toBeUndefined();
    expect(world.machine.signals.map(({ signal }) => signal)).toEqual(['SIGTERM']);
    await world.clock.advance(50);
    expect(down.value?.outcome).toBe('idle');
    expect(world.machine.ours).toEqual([]);
  });

  test('ends helpers that outlive a gateway which ends by itself when asked', async () => {
    const world = await runningWorld({ behave: () => ({ ...healthy, children: [{ ownGroup: true }, {}] }) });
    const down = watch(world.down());
    await world.clock.advance(200);
    expect(down.value?.outcome).toBe('idle');
    expect(world.machine.ours).toEqual([]);
  });

  test('"kill" waits for nobody', async () => {
    const world = await runningWorld({ behave: () => ({ ...healthy, sigtermMs: 'never' }) });
    const down = watch(world.down('kill'));
    await world.clock.advance(5);
    expect(down.value?.outcome).toBe('idle');
  });

  test('"kill" hurries a stop that is under way', async () => {
    const world = await runningWorld({ behave: () => ({ ...healthy, sigtermMs: 'never' }) });
    const [first, second] = [watch(world.down()), watch(world.down('kill'))];
    await world.clock.advance(5);
    expect([first.value?.outcome, second.value?.outcome]).toEqual(['idle', 'idle']);
  });

  test('lets work be finished where the plan allows it, until it is done', async () => {
    const world = await runningWorld({ plan: { stop: { drainMs: 10_000 } } });
    const drains: number[] = [];
    world.supervisor.on('drain', ({ launch }) => drains.push(launch));
    const down = watch(world.down());
    await world.clock.advance(3_000);
    expect([down.value, drains, world.machine.signals]).toEqual([undefined, [1], []]);
    world.supervisor.reportDrained(1);
    await world.clock.advance(100);
    expect(down.value?.outcome).toBe('idle');
  });

  test('lets work be finished no longer than the plan allows', async () => {
    const world = await runningWorld({ plan: { stop: { drainMs: 10_000 } } });
    world.supervisor.on('drain', () => undefined);
    const down = watch(world.down());
    await world.clock.advance(10_100);
    expect(down.value?.outcome).toBe('idle');
  });

  test('does not wait for a drain that nobody carries out', async () => {
    const world = await runningWorld({ plan: { stop: { drainMs: 10_000 } } });
    const down = watch(world.down());
    await world.clock.advance(100);
    expect(down.value?.outcome).toBe('idle');
  });

  test('says so when something survives even SIGKILL, keeps the record, and tries again when asked', async () => {
    const world = await runningWorld({ behave: () => ({ ...healthy, sigkillMs: 20_000, sigtermMs: 'never' }) });
    const down = watch(world.down('kill'));
    await world.clock.advance(6_000);
    const survivor = `gateway (pid ${String(world.supervisor.child?.pid)})`;
    expect(down.value).toMatchObject({
      outcome: 'failed',
      problem: { code: 'gateway.not-stopped', detail: expect.stringContaining(survivor) },
    });
    expect(world.machine.record).toBeDefined();
    expect(world.supervisor.child).toBeDefined();
    const killed = world.machine.signals.length;
    void world.down();
    await world.clock.advance(1);
    expect(world.machine.signals.slice(killed).map(({ signal }) => signal)).toContain('SIGKILL');
    await world.clock.advance(15_000);
    const again = watch(world.down());
    await world.clock.advance(10);
    expect(again.value?.outcome).toBe('idle');
    expect(world.machine.record).toBeUndefined();
  });

  test('survivors of SIGKILL are polled rarely, logged once, and reported when they are gone', async () => {
    const world = await runningWorld({ behave: () => ({ ...healthy, sigtermMs: 'never', sigkillMs: 200_000 }) });
    const down = watch(world.down('kill'));
    await world.clock.advance(6_000);
    expect(down.value).toMatchObject({ outcome: 'failed' });
    const { clock, processes } = world.host;
    const { now } = clock;
    const { tree } = processes;
    let [spentMs, looks] = [0, 0];
    clock.now = () => now() + spentMs;
    processes.tree = () => {
      spentMs += 1_000;
      looks += 1;
      throw new Error('EMFILE: too many open files');
    };
    await world.clock.advance(100_000);
    expect(looks).toBeGreaterThan(2);
    expect(spentMs).toBeLessThan(10_000);
    expect(world.logged.filter((line) => line.includes('EMFILE'))).toHaveLength(1);
    processes.tree = tree;
    await world.clock.advance(150_000);
    expect(world.supervisor.state.name).toBe('idle');
  });

  test('the late end of a survivor does not clear the record of the next launch', async () => {
    const world = await runningWorld({
      behave: (spawn) => (spawn === 1 ? { ...healthy, sigtermMs: 'never', sigkillMs: 8_000 } : healthy),
    });
    const down = watch(world.down('kill'));
    await world.clock.advance(6_000);
    expect(down.value).toMatchObject({ outcome: 'failed' });
    const { tcpPorts: ports } = world.host;
    const { check, owner } = ports;
    ports.check = async () => 'taken';
    ports.owner = async () => undefined;
    await world.clock.advance(2_700);
    expect(world.machine.ours).toEqual([]);
    expect(world.supervisor.state.name).toBe('failed');
    Object.assign(ports, { check, owner });
    const up = watch(world.up());
    await world.clock.advance(200);
    expect(up.value).toMatchObject({ outcome: 'running' });
    expect(world.machine.record).toContain(String(world.supervisor.child?.pid));
  });

  test('does not wait for pipes that something else holds open', async () => {
    const world = await runningWorld({
      behave: () => ({ ...healthy, children: [{ ownGroup: true, carriesMarker: false, sigkillMs: 0 }] }),
    });
    // The parent dies first, so no parent, group or marker links the helper to the tree any more.
    const [helper] = world.machine.ours.filter((info) => info.name === 'helper');
    world.machine.end(world.supervisor.child?.pid ?? 0, null, 'SIGKILL');
    const down = watch(world.down());
    await world.clock.advance(150);
    expect(down.value?.outcome).toBe('idle');
    expect(world.machine.ours.map((info) => info.pid)).toEqual([helper?.pid]);
  });

  test('down is superseded by a later up, which gets a new process', async () => {
    const world = await runningWorld();
    const before = world.supervisor.child;
    const [down, up] = [watch(world.down()), watch(world.up())];
    await world.clock.advance(300);
    expect(down.value).toEqual({ outcome: 'superseded' });
    expect(up.value).toMatchObject({ outcome: 'running', previous: before });
    expect(world.supervisor.child).not.toEqual(before);
  });
});

describe('down during a start', () => {
  /** The start takes 80 ms: preflight at once, spawn answered at 20 ms, ready at 80 ms. */
  const slow = () => ({ ...healthy, spawnDelayMs: 20, listen: { port: PORT, afterMs: 60 } });

  test.each(Array.from({ length: 24 }, (_, step) => step * 4))(
    'down %i ms after a start leaves no process',
    async (ms) => {
      const world = new World({ behave: slow });
      const up = watch(world.up());
      await world.clock.advance(ms);
      const down = watch(world.down());
      await world.clock.advance(1_000);
      expect(down.value?.outcome).toBe('idle');
      expect(up.value?.outcome).toBe(ms >= 80 ? 'running' : 'superseded');
      expect(world.machine.ours).toEqual([]);
      expect(world.supervisor.state.name).toBe('idle');
      expect([world.timers, world.machine.record]).toEqual([0, undefined]);
    },
  );

  test('down during a hook aborts the hook and waits for its end', async () => {
    let ended = false;
    const world = new World({
      plan: {
        prepare: (signal) =>
          new Promise((resolve) => {
            signal.addEventListener('abort', () => {
              ended = true;
              resolve(undefined);
            });
          }),
      },
    });
    const up = watch(world.up());
    await world.clock.advance(50);
    const down = await world.down();
    expect([down.outcome, ended, up.value?.outcome]).toEqual(['idle', true, 'superseded']);
    expect(world.machine.spawns).toBe(0);
  });

  test('waits no longer than grace and kill may take for a hook that does not listen', async () => {
    const stop = { graceMs: 1_000, killMs: 2_000 };
    const world = new World({ plan: { prepare: () => new Promise(() => undefined), stop } });
    void world.up();
    await world.clock.advance(50);
    const down = watch(world.down());
    await world.clock.advance(3_000);
    expect(down.value?.outcome).toBe('idle');
  });

  test('kills a child that comes up long after everybody stopped waiting', async () => {
    const world = new World({
      behave: () => ({ ...healthy, spawnDelayMs: 60_000 }),
      plan: { stop: { graceMs: 1_000 } },
    });
    void world.up();
    await world.clock.advance(50);
    const down = watch(world.down());
    await world.clock.advance(1_100);
    expect(down.value?.outcome).toBe('idle');
    await world.clock.advance(60_000);
    expect(world.machine.spawns).toBe(1);
    expect(world.machine.ours).toEqual([]);
  });
});

describe('restart', () => {
  test('gives a new process, the old one proven dead, and names both', async () => {
    const world = await runningWorld();
    const before = world.supervisor.child;
    const restart = watch(world.restart());
    await world.clock.advance(300);
    expect(restart.value).toMatchObject({ outcome: 'running', previous: before, launch: 2 });
    expect(world.machine.ours.map((info) => info.pid)).toEqual([world.supervisor.child?.pid]);
    expect(world.supervisor.restarts).toBe(0);
  });

  test('restart with nothing running starts the gateway', async () => {
    const world = new World();
    const restart = watch(world.restart());
    await world.clock.advance(200);
    expect(restart.value).toMatchObject({ outcome: 'running', launch: 1 });
  });

  test('restart is superseded by a down', async () => {
    const world = await runningWorld();
    const [restart, down] = [watch(world.restart()), watch(world.down())];
    await world.clock.advance(300);
    expect([restart.value?.outcome, down.value?.outcome]).toEqual(['superseded', 'idle']);
    expect(world.machine.ours).toEqual([]);
  });

  test('uses the new plan for the new process', async () => {
    const seen: string[] = [];
    const world = new World({
      behave: (_spawn, request) => {
        seen.push(request.args.join(' '));
        return healthy;
      },
    });
    void world.up();
    await world.clock.advance(200);
    void world.supervisor.restart({ ...world.plan, command: ['/opt/gateway', '--verbose', '{host}:{port}'] }, 2);
    await world.clock.advance(300);
    expect(seen).toEqual(['--port 18789', '--verbose 127.0.0.1:18789']);
  });
});

test.each([
  [1_000, 60_000],
  [60_000, 1_000],
])(
  'a restart ends the old process with its own grace of %i ms, not with that of the new plan',
  async (graceMs, newGraceMs) => {
    const world = await runningWorld({
      behave: (spawn) => (spawn === 1 ? { ...healthy, sigtermMs: 'never' } : healthy),
      plan: { stop: { graceMs } },
    });
    const restart = watch(world.supervisor.restart({ ...world.plan, stop: { graceMs: newGraceMs } }, 2));
    await world.clock.advance(graceMs - 10);
    expect([restart.value, world.machine.spawns]).toEqual([undefined, 1]);
    await world.clock.advance(200);
    expect(restart.value).toMatchObject({ outcome: 'running', launch: 2 });
  },
);

describe('recovery', () => {
  test('respawns at once after a crash, in the same generation', async () => {
    const world = await runningWorld();
    const before = world.supervisor.child;
    world.machine.end(before?.pid ?? 0, null, 'SIGKILL');
    await world.clock.advance(100);
    expect(world.supervisor.state.name).toBe('running');
    expect(world.supervisor.child).not.toEqual(before);
    expect([world.supervisor.restarts, world.supervisor.generation]).toEqual([1, 1]);
    expect(world.supervisor.lastExit).toMatchObject({
      signal: 'SIGKILL',
      cause: 'killed',
      wasReady: true,
      generation: 1,
    });
  });

  test('ends what a crashed gateway left behind before it starts another', async () => {
    const world = await runningWorld({
      behave: (spawn) => (spawn === 1 ? { ...healthy, children: [{ ownGroup: true }, {}] } : healthy),
    });
    world.machine.end(world.supervisor.child?.pid ?? 0, 1, null);
    await world.clock.advance(200);
    expect(world.supervisor.state.name).toBe('running');
    expect(world.machine.ours.map((info) => info.pid)).toEqual([world.supervisor.child?.pid]);
  });

  test('pauses longer with each crash and gives up after the sixth, keeping what happened', async () => {
    const world = await runningWorld({
      behave: () => ({ ...healthy, exit: { afterMs: 100, code: 1, stderr: ['Error: out of luck'] } }),
    });
    await world.clock.advance(60_000);
    expect(world.supervisor.state).toMatchObject({ name: 'failed', problem: { code: 'crash.loop' } });
    expect(world.machine.spawns).toBe(6);
    expect(world.supervisor.exits).toHaveLength(6);
    expect(world.timers).toBe(0);
    const { state } = world.supervisor;
    expect(state.name === 'failed' && state.problem.detail).toContain('out of luck');
  });

  test('goes on for ever with a gateway that lives a minute each time', async () => {
    const world = await runningWorld({ behave: () => ({ ...healthy, exit: { afterMs: 61_000, code: 1 } }) });
    await world.clock.advance(61_000 * 30);
    expect(world.machine.spawns).toBeGreaterThan(25);
    expect(world.supervisor.state.name).not.toBe('failed');
  });

  test('up during a backoff starts at once and resets the crash budget', async () => {
    const world = await runningWorld({
      behave: (spawn) => (spawn < 4 ? { ...healthy, exit: { afterMs: 60, code: 1 } } : healthy),
    });
    while (world.supervisor.state.name !== 'backoff') await world.clock.advance(10);
    while (world.machine.spawns < 3 || world.supervisor.state.name !== 'backoff') await world.clock.advance(10);
    const up = watch(world.up());
    await world.clock.advance(70);
    expect(up.value).toMatchObject({ outcome: 'running' });
  });

  test('the next start waits for a port that another process took meanwhile', async () => {
    const world = await runningWorld();
    world.machine.end(world.supervisor.child?.pid ?? 0, null, 'SIGKILL');
    const thief = world.machine.addForeign({ port: PORT });
    await world.clock.advance(1_000);
    expect(world.machine.spawns).toBe(1);
    expect(world.supervisor.state).toMatchObject({ name: 'backoff', problem: { code: 'port.in-use' } });
    world.machine.end(thief.pid, 0, null);
    await world.clock.advance(5_000);
    expect(world.supervisor.state.name).toBe('running');
    expect(world.machine.signals.filter(({ ours }) => !ours)).toEqual([]);
  });

  test('runs the gateway’s repair once after an exit for its configuration', async () => {
    const repaired: (number | null | undefined)[] = [];
    const world = new World({
      behave: (spawn) => (spawn === 1 ? { exit: { afterMs: 10, code: 78 } } : healthy),
      plan: {
        repair: async (exit) => {
          repaired.push(exit?.code);
          return { kind: 'repaired', did: 'It was mended.' };
        },
      },
    });
    const up = watch(world.up());
    await world.clock.advance(300);
    expect(up.value).toMatchObject({ outcome: 'running', launch: 2 });
    expect(repaired).toEqual([78]);
  });

  test('follows a program’s own reading of its exit before ours', async () => {
    const world = new World({
      behave: () => ({ exit: { afterMs: 10, code: 1, stderr: ['gateway already running (pid 7)'] } }),
      plan: {
        judgeExit: ({ lines }) =>
          lines.some((line) => line.includes('already running')) ? 'configuration' : undefined,
      },
    });
    const up = watch(world.up());
    await world.clock.advance(100);
    expect(up.value?.outcome).toBe('failed');
    expect(world.supervisor.lastExit?.cause).toBe('configuration');
  });

  test('recovery of an unresponsive gateway stops it first and counts a crash', async () => {
    const world = await runningWorld({ plan: { stop: { graceMs: 1_000 } } });
    const { child } = world.supervisor;
    world.machine.freeze(child?.pid ?? 0);
    world.supervisor.restartUnresponsive(1, 'nothing heard for 180 s');
    await world.clock.advance(1_500);
    expect(world.supervisor.state.name).toBe('running');
    expect(world.supervisor.exits.map(({ cause }) => cause)).toEqual(['killed']);
    expect(world.machine.mains).toHaveLength(1);
  });

  test('ignores reports about a launch that is over', async () => {
    const world = await runningWorld();
    world.machine.end(world.supervisor.child?.pid ?? 0, 1, null);
    await world.clock.advance(100);
    const { state } = world.supervisor;
    world.supervisor.reportReady(1);
    world.supervisor.reportProgress(1);
    world.supervisor.restartUnresponsive(1, 'late');
    world.supervisor.reportDrained(1);
    expect(world.supervisor.state).toBe(state);
  });
});

describe('a new host', () => {
  test('takes over what the old one left running, instead of starting a second', async () => {
    const world = await runningWorld();
    const { child } = world.supervisor;
    world.replaceHost();
    expect(await world.supervisor.findOwned()).toMatchObject({ child, port: PORT });
    const up = watch(world.up());
    await world.clock.advance(300);
    expect(up.value).toMatchObject({ outcome: 'running', child });
    expect(world.machine.spawns).toBe(1);
    const down = watch(world.down());
    await world.clock.advance(500);
    expect(down.value?.outcome).toBe('idle');
    expect(world.machine.ours).toEqual([]);
  });

  test('starts a new one where what it took over is not well, and nobody hears of a failure', async () => {
    const world = await runningWorld({
      behave: (spawn) => (spawn === 1 ? { ...healthy, sigtermMs: 'never' } : healthy),
    });
    const sick = world.supervisor.child;
    world.machine.stopListening(PORT);
    world.replaceHost();
    const up = watch(world.supervisor.up({ ...world.plan, startup: { timeoutMs: 1_000 }, stop: { graceMs: 500 } }, 9));
    await world.clock.advance(2_000);
    expect(up.value).toMatchObject({ outcome: 'running', launch: 2 });
    expect(world.supervisor.child).not.toEqual(sick);
    expect(world.machine.mains).toHaveLength(1);
  });

  test('asked for a restart takes nothing over: the process is a new one', async () => {
    const world = await runningWorld();
    const { child } = world.supervisor;
    world.replaceHost();
    const restart = watch(world.restart());
    await world.clock.advance(500);
    expect(restart.value).toMatchObject({ outcome: 'running' });
    expect(world.supervisor.child).not.toEqual(child);
    expect(world.machine.mains).toHaveLength(1);
  });

  test('sees the end of what it took over, and respawns it', async () => {
    const world = await runningWorld();
    world.replaceHost();
    void world.up();
    await world.clock.advance(300);
    world.machine.end(world.supervisor.child?.pid ?? 0, 1, null);
    await world.clock.advance(500);
    expect(world.machine.spawns).toBe(2);
    expect(world.supervisor.state.name).toBe('running');
    expect(world.supervisor.lastExit).toMatchObject({ code: null, signal: null });
  });

  test('ends what is left when another command is wanted now', async () => {
    const world = await runningWorld({ behave: () => ({ ...healthy, children: [{ ownGroup: true }] }) });
    const { child } = world.supervisor;
    world.replaceHost();
    const up = watch(world.supervisor.up({ ...world.plan, command: ['/opt/other'] }, 9));
    await world.clock.advance(500);
    expect(up.value).toMatchObject({ outcome: 'running', launch: 1 });
    expect(world.supervisor.child).not.toEqual(child);
    expect(world.machine.mains).toHaveLength(1);
  });

  test('clears helpers whose gateway died with the old host', async () => {
    const world = await runningWorld({
      behave: (spawn) =>
        spawn === 1 ? { ...healthy, watchesLifeline: true, children: [{ ownGroup: true }] } : healthy,
      plan: { lifeline: true },
    });
    world.replaceHost();
    await world.clock.advance(10);
    expect(world.machine.ours.map((info) => info.name)).toEqual(['helper']);
    const up = watch(world.up());
    await world.clock.advance(300);
    expect(up.value).toMatchObject({ outcome: 'running' });
    expect(world.machine.ours.map((info) => info.name)).toEqual(['gateway']);
  });

  test('finds a child whose pid the old host had no time to write down', async () => {
    const world = new World({ behave: () => ({ ...healthy, spawnDelayMs: 5 }) });
    void world.up();
    await world.clock.advance(4);
    const early = world.machine.record;
    await world.clock.advance(2);
    world.replaceHost();
    world.machine.setRecord(early);
    expect(early).not.toContain('"child"');
    const up = watch(world.up());
    await world.clock.advance(300);
    expect(up.value).toMatchObject({ outcome: 'running' });
    expect(world.machine.spawns).toBe(1);
  });

  test('does not take a helper for the gateway that died before its pid was written down', async () => {
    const world = new World({ behave: () => ({ ...healthy, spawnDelayMs: 5, children: [{ ownGroup: true }] }) });
    void world.up();
    await world.clock.advance(4);
    const early = world.machine.record;
    await world.clock.advance(2);
    const pid = world.supervisor.child?.pid ?? 0;
    world.replaceHost();
    world.machine.setRecord(early);
    world.machine.end(pid, 1, null);
    const up = watch(world.up());
    await world.clock.advance(300);
    expect(up.value).toMatchObject({ outcome: 'running' });
    expect(world.machine.mains.map((info) => info.pid)).toEqual([world.supervisor.child?.pid]);
    expect(world.machine.spawns).toBe(2);
  });

  test('never touches a stranger that has the pid by now', async () => {
    const world = await runningWorld();
    const pid = world.supervisor.child?.pid ?? 0;
    world.replaceHost();
    world.machine.end(pid, null, 'SIGKILL');
    world.machine.addForeign({ pid });
    const up = watch(world.up());
    await world.clock.advance(300);
    expect(up.value).toMatchObject({ outcome: 'running' });
    expect(world.supervisor.child?.pid).not.toBe(pid);
    expect(world.machine.signals.filter(({ ours }) => !ours)).toEqual([]);
    expect(world.host.processes.find(pid)?.name).toBe('stranger');
  });

  test('leaves alone what a living host supervises', async () => {
    const world = await runningWorld();
    const {
      clock,
      spawner,
      processes,
      tcpPorts: ports,
      peerIdentity,
      programs,
      records,
      identity,
    } = world.machine.newHost();
    const rival = new Supervisor({
      clock,
      random: { next: () => 0, uuid: () => 'rival' },
      spawner,
      processes,
      tcpPorts: ports,
      peerIdentity,
      programs,
      records,
      logger: { log: () => undefined },
      host: { identity, env: {}, platform: 'linux', cwd: '/' },
    });
    expect(await rival.findOwned()).toBeUndefined();
    const result = await rival.up(world.plan, 1);
    expect(result).toMatchObject({ outcome: 'failed', problem: { code: 'state.locked' } });
    expect(world.supervisor.state.name).toBe('running');
    expect(world.machine.signals).toEqual([]);
  });

  test.each(['', 'not json', '{"version":1}', '{"version":2,"nonce":"x"}'])(
    'a new host ignores an ownership record that reads %j',
    async (text) => {
      const world = new World();
      world.machine.setRecord(text);
      const up = watch(world.up());
      await world.clock.advance(200);
      expect(up.value).toMatchObject({ outcome: 'running' });
    },
  );
});

describe('what a gateway prints', () => {
  test('loses its secrets before it is told, kept or made part of a problem', async () => {
    const world = new World({
      behave: () => ({ exit: { afterMs: 10, code: 1, stderr: ['Error: token abc123 refused', 'bye abc123'] } }),
      redact: (text) => text.replaceAll('abc123', '[redacted]'),
    });
    const heard: string[] = [];
    world.supervisor.on('line', ({ text }) => heard.push(text));
    const up = watch(world.up());
    await world.clock.advance(200);
    const everything = JSON.stringify([up.value, world.supervisor.exits, world.supervisor.lines(), heard]);
    expect(everything).toContain('token [redacted] refused');
    expect(everything).not.toContain('abc123');
  });

  test('the newest output lines are kept over restarts, and few of them in a problem', async () => {
    const long = 'x'.repeat(10_000);
    const world = new World({ behave: () => ({ exit: { afterMs: 10, code: 1, stderr: ['Error: why', long] } }) });
    for (let round = 0; round < 3; round += 1) {
      const up = watch(world.up());
      await world.clock.advance(200);
      expect(up.value?.outcome === 'failed' && up.value.problem.detail.length).toBeLessThan(1_000);
    }
    expect(world.supervisor.lines()).toHaveLength(6);
    expect(world.supervisor.lines(1)[0]?.text).toBe(long);
  });
});

describe('on Windows, where SIGTERM ends a process at once', () => {
  test('the end of its lifeline is the polite way', async () => {
    const world = await runningWorld({
      platform: 'win32',
      behave: () => ({ ...healthy, watchesLifeline: true }),
      plan: { lifeline: true },
    });
    const down = watch(world.down());
    await world.clock.advance(200);
    expect(down.value?.outcome).toBe('idle');
    expect(world.machine.signals).toEqual([]);
    expect(world.supervisor.lastExit).toMatchObject({ code: 0, cause: 'requested' });
  });

  test('without a lifeline there is none, and no grace is waited for in vain', async () => {
    const world = await runningWorld({ platform: 'win32' });
    const down = watch(world.down());
    await world.clock.advance(200);
    expect(down.value?.outcome).toBe('idle');
    expect(world.machine.signals.map(({ signal }) => signal)).toEqual(['SIGTERM']);
  });
});

describe('trouble around it', () => {
  test('a look at the processes that fails proves no death', async () => {
    const world = await runningWorld();
    const { tree } = world.host.processes;
    world.host.processes.tree = () => {
      throw new Error('EMFILE: too many open files');
    };
    const down = watch(world.down());
    await world.clock.advance(10_000);
    expect(down.value).toMatchObject({ outcome: 'failed', problem: { code: 'gateway.not-stopped' } });
    expect(down.value?.outcome === 'failed' && down.value.problem.detail).toContain('EMFILE');
    world.host.processes.tree = tree;
    const again = watch(world.down());
    await world.clock.advance(100);
    expect(again.value?.outcome).toBe('idle');
  });

  test('a forced stop while no descriptor is free kills the gateway once one is', async () => {
    const world = await runningWorld({ behave: () => ({ ...healthy, sigtermMs: 'never' }) });
    const { tree } = world.host.processes;
    world.host.processes.tree = () => {
      throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
    };
    const down = watch(world.down('kill'));
    await world.clock.advance(3_000);
    expect([down.value, world.machine.mains.length]).toEqual([undefined, 1]);
    world.host.processes.tree = tree;
    await world.clock.advance(5_000);
    expect([down.value?.outcome, world.machine.mains.length]).toEqual(['idle', 0]);
  });

  test.each([false, true])(
    'a stop sends SIGTERM as soon as a descriptor is free for it (goodbye first: %s)',
    async (hasGoodbye) => {
      const world = await runningWorld({ plan: { stop: { graceMs: 5_000 } } });
      if (hasGoodbye) world.supervisor.beforeSigterm(() => Promise.resolve());
      const { signal } = world.host.processes;
      world.host.processes.signal = () => {
        throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
      };
      const down = watch(world.down());
      await world.clock.advance(1_000);
      expect([down.value, world.machine.signals]).toEqual([undefined, []]);
      expect(world.logged.filter((line) => line.includes('cannot be sent a signal'))).toHaveLength(1);
      world.host.processes.signal = signal;
      await world.clock.advance(1_000);
      expect([down.value?.outcome, world.supervisor.lastExit?.signal]).toEqual(['idle', null]);
    },
  );

  test('the CPU time of the gateway is unknown while no descriptor is free', async () => {
    const world = await runningWorld();
    expect(world.supervisor.cpuMs()).toBe(0);
    world.host.processes.find = () => {
      throw Object.assign(new Error('EMFILE: too many open files'), { code: 'EMFILE' });
    };
    expect(world.supervisor.cpuMs()).toBeUndefined();
  });

  test('a look that fails is no end of what was taken over', async () => {
    const world = await runningWorld();
    world.replaceHost();
    void world.up();
    await world.clock.advance(300);
    const { find } = world.host.processes;
    world.host.processes.find = () => {
      throw new Error('EMFILE: too many open files');
    };
    await world.clock.advance(2_000);
    expect(world.supervisor.state.name).toBe('running');
    world.host.processes.find = find;
    world.machine.end(world.supervisor.child?.pid ?? 0, 1, null);
    await world.clock.advance(260);
    expect(world.supervisor.exits).toHaveLength(1);
  });

  test('a child whose start mark could not be learned is still found by its marker', async () => {
    const world = new World();
    const { find } = world.host.processes;
    world.host.processes.find = () => undefined;
    const up = watch(world.up());
    await world.clock.advance(200);
    world.host.processes.find = find;
    expect(up.value).toMatchObject({ outcome: 'running', child: { startMark: '' } });
    const down = watch(world.down('kill'));
    await world.clock.advance(50);
    expect(down.value?.outcome).toBe('idle');
    expect(world.machine.ours).toEqual([]);
  });

  test('a listener that throws disturbs neither the others nor the supervisor', async () => {
    const world = new World();
    const heard: string[] = [];
    world.supervisor.on('transition', () => {
      throw new Error('a bug in a screen');
    });
    world.supervisor.on('transition', ({ to }) => heard.push(to.name));
    const up = watch(world.up());
    await world.clock.advance(200);
    expect(up.value).toMatchObject({ outcome: 'running' });
    expect(heard).toEqual(['preflight', 'spawning', 'booting', 'running']);
    expect(world.logged).toHaveLength(4);
    // With its stack: the text alone tells nobody which listener it was.
    for (const line of world.logged)
      expect(line).toMatch(/^error A listener for "transition" failed: Error: a bug in a screen\n {4}at /);
  });

  test('requested is the newest request, even one that a listener made and that still waits for its turn', async () => {
    const world = new World();
    expect(world.supervisor.requested).toBe('down');
    const seen: string[] = [];
    world.supervisor.on('transition', ({ to }) => {
      if (to.name !== 'preflight') return;
      void world.down();
      seen.push(world.supervisor.requested);
      void world.restart();
      seen.push(world.supervisor.requested);
      void world.down();
      seen.push(world.supervisor.requested);
    });
    void world.up();
    await world.clock.advance(300);
    expect([seen, world.supervisor.requested, world.supervisor.state.name]).toEqual([
      ['down', 'up', 'down'],
      'down',
      'idle',
    ]);
  });

  test('a child is announced once, and not where a stop came before it', async () => {
    const world = new World({ behave: () => ({ ...healthy, spawnDelayMs: 20 }) });
    const spawned: number[] = [];
    world.supervisor.on('spawned', ({ launch }) => spawned.push(launch));
    void world.up();
    await world.clock.advance(10);
    void world.down();
    await world.clock.advance(200);
    expect(spawned).toEqual([]);
    void world.up();
    await world.clock.advance(30);
    world.supervisor.reportProgress(2);
    world.supervisor.reportConnectError(2, 'refused');
    await world.clock.advance(200);
    expect(spawned).toEqual([2]);
  });

  test('a deadline keeps the process of the host alive', async () => {
    const world = new World({ behave: () => ({}) });
    const { clock } = world.host;
    const { schedule } = clock;
    const delays: number[] = [];
    clock.schedule = (delayMs, run, options) => {
      if (options?.keepAlive === true) delays.push(delayMs);
      return schedule(delayMs, run);
    };
    void world.up();
    await world.clock.advance(10);
    expect(new Set(delays)).toEqual(new Set([120_000]));
  });

  test('a listener may stop the gateway from within the start event', async () => {
    const world = new World();
    const downs: Promise<unknown>[] = [];
    world.supervisor.on('spawned', () => downs.push(world.down()));
    const up = watch(world.up());
    await world.clock.advance(300);
    expect(up.value).toEqual({ outcome: 'superseded' });
    expect(await Promise.all(downs)).toMatchObject([{ outcome: 'idle' }]);
    expect(world.machine.ours).toEqual([]);
  });

  test('a record that cannot be written costs adoption, not the gateway', async () => {
    const world = new World();
    world.host.records.save = () => Promise.reject(new Error('ENOSPC'));
    const up = watch(world.up());
    await world.clock.advance(200);
    expect(up.value).toMatchObject({ outcome: 'running' });
    expect(world.logged.some((line) => line.startsWith('warn') && line.includes('ENOSPC'))).toBe(true);
  });

  test('a failed write of the record is retried until it succeeds, reported once, and never made after a stop', async () => {
    const world = new World();
    const { save } = world.host.records;
    const refuse = () => Promise.reject(new Error('ENOSPC'));
    world.host.records.save = refuse;
    void world.up();
    await world.clock.advance(10_000);
    expect(await world.host.records.load()).toBeUndefined();
    expect(world.logged.filter((line) => line.includes('ENOSPC'))).toHaveLength(1);
    world.host.records.save = save;
    await world.clock.advance(2_000);
    expect(JSON.parse((await world.host.records.load()) ?? '')).toMatchObject({ child: world.supervisor.child });
    world.host.records.save = refuse;
    void world.restart();
    await world.clock.advance(300);
    void world.down();
    await world.clock.advance(300);
    expect(world.supervisor.state.name).toBe('idle');
    expect(world.timers).toBe(0);
    world.host.records.save = save;
    await world.clock.advance(10_000);
    expect(await world.host.records.load()).toBeUndefined();
  });

  test('an unsubscribed listener hears no more', async () => {
    const world = new World();
    const heard: string[] = [];
    const off = world.supervisor.on('transition', ({ to }) => {
      heard.push(to.name);
      off();
    });
    void world.up();
    await world.clock.advance(200);
    expect(heard).toEqual(['preflight']);
  });
});
