import { describeProblem } from '@deskclaw/protocol';
import { describe, expect, test } from 'vitest';
import type { SpawnRequest } from '../../src/ports/spawner.ts';
import { readRecord } from '../../src/process/ownership.ts';
import type { LaunchPlan } from '../../src/supervisor/launch-plan.ts';
import { healthy, PORT, runningWorld, World, watch } from './world.ts';

describe('the spawn of a launch', () => {
  test('a child gets the environment of the plan, the inherited names and the mark of its launch', async () => {
    const requests: SpawnRequest[] = [];
    const world = new World({
      env: { SECRET: 'not for you', TRACE_ID: 't', TRACE_PARENT: 'p' },
      plan: { cwd: '/srv', lifeline: true, env: { TOKEN: 'x' }, inherit: ['TRACE_*'] },
      behave: (_spawn, request) => {
        requests.push(request);
        return healthy;
      },
    });
    world.host.programs.kindOf = (path) => Promise.resolve(path === '/srv' ? 'folder' : 'program');
    void world.up();
    await world.clock.advance(200);
    const nonce = readRecord(world.machine.record ?? '')?.nonce;
    expect(nonce).toMatch(/./);
    expect(requests).toStrictEqual([
      {
        file: '/opt/gateway',
        args: ['--port', '18789'],
        cwd: '/srv',
        lifeline: true,
        env: {
          PATH: '/opt/bin',
          HOME: '/home/me',
          TOKEN: 'x',
          TRACE_ID: 't',
          TRACE_PARENT: 'p',
          DESKCLAW_LAUNCH: nonce,
        },
      },
    ]);
  });

  test('a child without a folder of its own starts in that of the host', async () => {
    const folders: (string | undefined)[] = [];
    await runningWorld({
      behave: (_spawn, request) => {
        folders.push(request.cwd);
        return healthy;
      },
    });
    expect(folders).toEqual(['/']);
  });

  test.each<[string, Partial<LaunchPlan>, readonly string[], string, string | undefined]>([
    ['no wish', {}, ['/', '/home/me'], '/', undefined],
    ['a default folder', { defaultCwd: '/profile' }, ['/', '/profile'], '/profile', undefined],
    ['a default folder that is gone', { defaultCwd: '/profile' }, ['/', '/home/me'], '/', '/profile'],
    ['a folder that is wanted', { cwd: '/srv', defaultCwd: '/profile' }, ['/', '/srv', '/profile'], '/srv', undefined],
    ['no folder of the host', {}, ['/home/me'], '/home/me', '/'],
  ])('a child with %s starts in the first folder that exists', async (_what, plan, folders, cwd, gone) => {
    const started: (string | undefined)[] = [];
    const world = new World({
      plan,
      behave: (_spawn, request) => {
        started.push(request.cwd);
        return healthy;
      },
    });
    world.host.programs.kindOf = async (path) => {
      if (folders.includes(path)) return 'folder';
      return path === '/opt/gateway' ? 'program' : 'missing';
    };
    void world.up();
    await world.clock.advance(200);
    expect(started).toEqual([cwd]);
    expect(world.logged).toEqual(
      gone === undefined ? [] : [`warn The folder ${gone} is gone; the gateway runs in ${cwd}`],
    );
  });

  test('a program that does not exist fails the start with the folders that were searched', async () => {
    const world = new World({ plan: { command: ['gateway'] } });
    world.host.programs.kindOf = (path) => Promise.resolve(path === '/' ? 'folder' : 'missing');
    const up = await world.up();
    expect(up).toMatchObject({ outcome: 'failed', problem: { code: 'gateway.not-found' } });
    expect(up.outcome === 'failed' && up.problem.detail).toContain('/opt/bin');
    expect([world.machine.spawns, world.machine.record]).toEqual([0, undefined]);
  });

  test('a program for another kind of processor is started: an emulator may run it', async () => {
    const world = new World({ plan: { command: ['/opt/gateway'] } });
    world.host.programs.isForeign = () => Promise.resolve(true);
    const up = world.up();
    await world.clock.advance(200);
    expect(await up).toMatchObject({ outcome: 'running' });
  });

  test('a batch file on Windows is started by the command interpreter of the system, with its own quoting', async () => {
    const requests: SpawnRequest[] = [];
    const world = new World({
      platform: 'win32',
      env: { PATHEXT: '.CMD', SystemRoot: 'D:\\Windows', PATH: 'C:\\bin' },
      plan: { command: ['gateway', 'a b'], cwd: 'C:\\srv' },
      behave: (_spawn, request) => {
        requests.push(request);
        return healthy;
      },
    });
    world.host.programs.kindOf = async (path) => {
      if (path === 'C:\\srv') return 'folder';
      return path === 'C:\\bin\\gateway.cmd' ? 'program' : 'missing';
    };
    void world.up();
    await world.clock.advance(200);
    expect(requests).toMatchObject([{ file: 'D:\\Windows\\System32\\cmd.exe', verbatim: true }]);
    expect(requests[0]?.args.join(' ')).toContain('gateway.cmd');
  });

  test('the ownership record is on disk before the process exists, and names it afterwards', async () => {
    const records: unknown[] = [];
    const world: World = new World({
      behave: () => {
        records.push(JSON.parse(world.machine.record ?? 'null'));
        return healthy;
      },
    });
    void world.up();
    await world.clock.advance(200);
    const { child } = world.supervisor;
    records.push(JSON.parse(world.machine.record ?? 'null'));
    const common = {
      version: 1,
      nonce: expect.stringMatching(/./),
      host: '127.0.0.1',
      port: PORT,
      commandHash: '509b85fc',
      owner: world.host.identity,
      supervisor: expect.stringMatching(/./),
      at: 1_700_000_000_000,
    };
    expect(records).toStrictEqual([common, { ...common, child }]);
  });

  test('a preflight that is cancelled after it passed leaves no record', async () => {
    const world = new World();
    world.machine.disk = { delayMs: 100, fails: false };
    void world.up();
    await world.clock.advance(150);
    const down = watch(world.down());
    await world.clock.advance(500);
    expect(down.value?.outcome).toBe('idle');
    expect([world.machine.spawns, world.machine.record, world.timers]).toEqual([0, undefined, 0]);
  });
});

describe('the exit report of a launch', () => {
  test('a crash is reported with everything known about it', async () => {
    const world = await runningWorld();
    const { child } = world.supervisor;
    const pid = child?.pid ?? 0;
    world.machine.print(pid, 'stderr', 'Error: out of luck\n    at luck.js:1\nmore\n');
    world.machine.end(pid, 3, null);
    await world.clock.advance(100);
    expect(world.supervisor.lastExit).toStrictEqual({
      pid,
      launch: 1,
      generation: 1,
      code: 3,
      signal: null,
      cause: 'crash',
      at: expect.any(Number),
      livedMs: 198,
      wasReady: true,
      lastLines: ['Error: out of luck', '    at luck.js:1', 'more'],
      said: 'Error: out of luck',
      firstFailure: expect.arrayContaining(['Error: out of luck', '    at luck.js:1']),
    });
  });

  test.each<[before: number | undefined, after: number | undefined, cause: string]>([
    [undefined, undefined, 'killed'],
    [undefined, 1, 'killed'],
    [1, undefined, 'killed'],
    [1, 1, 'killed'],
    [1, 2, 'out-of-memory'],
  ])('a SIGKILL while the count of memory kills goes from %s to %s is reported as %s', async (before, after, cause) => {
    const world = new World();
    world.host.processes.outOfMemoryKills = () => before;
    void world.up();
    await world.clock.advance(200);
    world.host.processes.outOfMemoryKills = () => after;
    world.machine.end(world.supervisor.child?.pid ?? 0, null, 'SIGKILL');
    await world.clock.advance(100);
    expect(world.supervisor.lastExit?.cause).toBe(cause);
  });

  test('an adopted process that the system killed for want of memory is reported as out of memory where it can be told', async () => {
    const world = await runningWorld();
    world.replaceHost();
    const counts = [4, 5];
    world.host.processes.outOfMemoryKills = () => counts.shift();
    void world.up();
    await world.clock.advance(100);
    world.machine.end(world.supervisor.child?.pid ?? 0, null, 'SIGKILL');
    await world.clock.advance(300);
    // The exit code of an adopted process is unknown, so its cause is too.
    expect(world.supervisor.lastExit).toMatchObject({ code: null, signal: null, cause: 'crash' });
    expect(counts).toEqual([]);
  });

  test('a gateway that fails again after its repair is reported with what the repair did', async () => {
    const world = new World({
      behave: () => ({ exit: { afterMs: 10, code: 78, stderr: ['config: unknown key'] } }),
      plan: { repair: async () => ({ kind: 'repaired', did: 'The key was removed.' }) },
    });
    const up = watch(world.up());
    await world.clock.advance(300);
    expect(up.value).toMatchObject({ outcome: 'failed', problem: { code: 'gateway.exited' } });
    expect(up.value?.outcome === 'failed' && up.value.problem.detail).toContain('The key was removed.');
    expect(world.machine.spawns).toBe(2);
  });

  test('a repair that fails ends the start with its problem', async () => {
    const problem = describeProblem('internal', { detail: 'the repair found no backup' }, 0);
    const world = new World({
      behave: () => ({ exit: { afterMs: 10, code: 78 } }),
      plan: { repair: async () => ({ kind: 'failed', problem }) },
    });
    const up = watch(world.up());
    await world.clock.advance(300);
    expect(up.value).toEqual({ outcome: 'failed', problem });
    expect(world.machine.spawns).toBe(1);
  });

  test('the end by request is requested, whatever the program would make of it', async () => {
    const world = await runningWorld({ plan: { judgeExit: () => 'configuration' } });
    const down = watch(world.down());
    await world.clock.advance(100);
    expect(down.value).toMatchObject({ outcome: 'idle' });
    expect(world.supervisor.lastExit?.cause).toBe('requested');
  });

  test.each([
    [1_500, 'SIGKILL', 1_600],
    [2_500, null, 2_100],
  ])(
    'the exit of a killed child that stays a zombie for %i ms is reported with the signal %s',
    async (zombieMs, signal, withinMs) => {
      const world = await runningWorld({ behave: () => ({ ...healthy, zombieMs }) });
      const down = watch(world.down('kill'));
      await world.clock.advance(withinMs);
      expect(down.value?.outcome).toBe('idle');
      expect(world.supervisor.lastExit?.signal).toBe(signal);
    },
  );
});

describe('the end of a launch', () => {
  test('a helper that left group and environment behind ends with the gateway', async () => {
    const world = await runningWorld({
      behave: () => ({ ...healthy, children: [{ ownGroup: true, carriesMarker: false }] }),
    });
    expect(world.machine.ours).toHaveLength(2);
    const down = watch(world.down());
    await world.clock.advance(200);
    expect(down.value?.outcome).toBe('idle');
    expect(world.machine.ours).toEqual([]);
  });

  test.each([
    ['stranger (pid 7)', true],
    ['something', false],
  ])('a port that %s holds after the end of a gateway is logged and left alone', async (name, isNamed) => {
    const world = await runningWorld();
    const { owner } = world.host.tcpPorts;
    world.machine.stopListening(PORT);
    world.machine.addForeign({ pid: 7, port: PORT });
    world.host.tcpPorts.owner = isNamed ? owner : () => Promise.resolve(undefined);
    const down = watch(world.down());
    await world.clock.advance(2_000);
    expect(down.value?.outcome).toBe('idle');
    expect(world.logged).toEqual([`warn Port 18789 is held by ${name} now; it is not ours.`]);
    expect(world.machine.listener(PORT)).toBe(7);
  });

  test('an exit is recorded once, even if a second stop begins while the first one is finished', async () => {
    const world = await runningWorld({ behave: () => ({ ...healthy, sigtermMs: 'never', sigkillMs: 7_000 }) });
    const exits: unknown[] = [];
    world.supervisor.on('exit', (exit) => exits.push(exit));
    const down = watch(world.down('kill'));
    await world.clock.advance(6_000);
    expect(down.value?.outcome).toBe('failed');
    world.machine.disk = { delayMs: 400, fails: false };
    await world.clock.advance(1_600);
    const again = watch(world.down());
    await world.clock.advance(3_000);
    expect(again.value?.outcome).toBe('idle');
    expect([exits.length, world.supervisor.exits.length, world.timers]).toEqual([1, 1, 0]);
  });

  test('a failed look at the processes is logged once for as long as it fails alike', async () => {
    const world = await runningWorld();
    const { tree } = world.host.processes;
    let reason = 'EMFILE';
    world.host.processes.tree = () => {
      throw new Error(reason);
    };
    void world.down();
    await world.clock.advance(10_000);
    reason = 'EIO';
    await world.clock.advance(10_000);
    expect(world.logged).toEqual([
      'warn The processes cannot be listed: Error: EMFILE',
      'warn The processes cannot be listed: Error: EIO',
    ]);
    world.host.processes.tree = tree;
    await world.clock.advance(1_000);
    expect(world.supervisor.state.name).toBe('idle');
  });
});
