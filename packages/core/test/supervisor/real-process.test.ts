import { chmod, readFile, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { nodeTcpPorts } from '../../src/ports/node/node-tcp-ports.ts';
import { isAlive, spawnReal } from '../process/real.ts';
import { endWorlds, type RealWorld, realWorld } from './real-world.ts';

afterEach(endWorlds);

/** Expects that all started processes have ended and the port is free. */
async function expectNothingLeft(world: RealWorld): Promise<void> {
  expect([...world.pids].filter(isAlive)).toEqual([]);
  expect(await nodeTcpPorts.check('127.0.0.1', world.plan.port)).toBe('free');
  await expect(stat(world.recordPath)).rejects.toThrow('ENOENT');
}

describe('P1: stop', () => {
  test('returns once every process of the tree is gone and the port is free', async () => {
    const helpers = ['helper=group', 'helper=session', 'helper=session clean quiet'];
    const world = await realWorld(['exit-on-sigterm', ...helpers, 'listen={port}']);
    expect(await world.up()).toMatchObject({ outcome: 'running' });
    expect([...world.pids].filter(isAlive)).toHaveLength(4);
    expect(await world.down()).toMatchObject({ outcome: 'idle' });
    await expectNothingLeft(world);
    expect(world.supervisor.lastExit).toMatchObject({ code: 0, cause: 'requested', wasReady: true });
  });
});

describe('P2: a gateway that does not go', () => {
  test('a gateway that ignores SIGTERM is killed with its whole tree after graceMs', async () => {
    const world = await realWorld(
      ['ignore-sigterm', 'helper=group', 'helper=session', 'helper=session clean', 'listen={port}'],
      { stop: { graceMs: 300 } },
    );
    await world.up();
    expect(await world.down()).toMatchObject({ outcome: 'idle' });
    expect(world.lines.map(({ text }) => text)).toContain('ignored SIGTERM');
    await expectNothingLeft(world);
    expect(world.supervisor.lastExit).toMatchObject({ signal: 'SIGKILL', cause: 'requested' });
  });

  test('a gateway suspended with SIGSTOP is killed all the same', async () => {
    const world = await realWorld(['exit-on-sigterm', 'listen={port}'], { stop: { graceMs: 200 } });
    await world.up();
    process.kill(world.supervisor.child?.pid ?? 0, 'SIGSTOP');
    expect(await world.down()).toMatchObject({ outcome: 'idle' });
    await expectNothingLeft(world);
  });

  test('a gateway is killed at once with mode kill', async () => {
    const world = await realWorld(['ignore-sigterm', 'listen={port}'], { stop: { graceMs: 60_000 } });
    await world.up();
    const polite = world.down();
    await world.says(/ignored SIGTERM/);
    expect(await world.down('kill')).toMatchObject({ outcome: 'idle' });
    expect(await polite).toMatchObject({ outcome: 'idle' });
    await expectNothingLeft(world);
  });
});

describe('P3: restart', () => {
  test('gives a new pid, with the old one dead, again and again', async () => {
    const world = await realWorld(['exit-on-sigterm', 'listen={port}']);
    await world.up();
    for (let round = 0; round < 5; round += 1) {
      const before = world.supervisor.child;
      const result = await world.restart();
      expect(result).toMatchObject({ outcome: 'running', previous: before });
      expect(isAlive(before?.pid ?? 0)).toBe(false);
      expect(result.outcome === 'running' && result.child.pid).not.toBe(before?.pid);
    }
    expect([...world.pids].filter(isAlive)).toHaveLength(1);
    await world.down();
    await expectNothingLeft(world);
  });
});

describe('P4: stop during start', () => {
  test.each(['preflight', 'spawning', 'booting', 'running'] as const)(
    'stop during %s leaves no process',
    async (name) => {
      const world = await realWorld(['helper=session', 'listen={port}']);
      const up = world.up();
      await world.reaches(name);
      const [result, down] = await Promise.all([up, world.down()]);
      expect(down).toMatchObject({ outcome: 'idle' });
      expect(result.outcome).toBe(name === 'running' ? 'running' : 'superseded');
      await expectNothingLeft(world);
    },
  );

  test('stop at any moment of a start leaves no process', async () => {
    const world = await realWorld(['listen={port}']);
    for (let turns = 0; turns < 60; turns += 4) {
      const up = world.up();
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      expect(await world.down()).toMatchObject({ outcome: 'idle' });
      await up;
      await expectNothingLeft(world);
    }
  });
});

test('P5: three starts at once are one process and three answers alike', async () => {
  const world = await realWorld(['listen={port}']);
  const results = await Promise.all([world.up(), world.up(), world.up()]);
  expect(new Set(results.map((result) => result.outcome === 'running' && result.child.pid)).size).toBe(1);
  expect(world.pids.size).toBe(1);
});

test('P7: a crash loop, then stop: zero processes left', async () => {
  const world = await realWorld(['helper=session', 'exit-after-visit=100', 'listen={port}'], {
    crash: { baseDelayMs: 1, maxDelayMs: 5 },
  });
  await world.up();
  const state = await world.reaches('failed');
  expect(state).toMatchObject({ problem: { code: 'crash.loop' } });
  expect(world.supervisor.exits).toHaveLength(6);
  await world.down();
  await expectNothingLeft(world);
});

describe('P8: a command that cannot be run', () => {
  test('a command that is not found names the searched folders', async () => {
    const world = await realWorld([], { command: ['no-such-gateway'], env: { PATH: '/usr/bin:/bin' } });
    const result = await world.up();
    expect(result).toMatchObject({ outcome: 'failed', problem: { code: 'gateway.not-found' } });
    expect(result.outcome === 'failed' && result.problem.detail).toContain('/usr/bin, /bin');
  });

  test('a command without execute permission is reported', async () => {
    const world = await realWorld([]);
    const file = join(world.folder, 'gateway');
    await writeFile(file, '#!/bin/sh\n');
    await chmod(file, 0o644);
    const result = await world.supervisor.up({ ...world.plan, command: [file] }, 1);
    expect(result).toMatchObject({ outcome: 'failed', problem: { code: 'gateway.not-found' } });
    expect(result.outcome === 'failed' && result.problem.detail).toContain('may not be executed');
  });

  test('asks for an interpreter that is not there', async () => {
    const world = await realWorld([]);
    const file = join(world.folder, 'gateway');
    await writeFile(file, '#!/no/such/node\n');
    await chmod(file, 0o755);
    const result = await world.supervisor.up({ ...world.plan, command: [file] }, 1);
    expect(result).toMatchObject({ outcome: 'failed', problem: { code: 'gateway.not-found' } });
    expect(result.outcome === 'failed' && result.problem.detail).toContain('the interpreter "/no/such/node"');
    await expect(stat(world.recordPath)).rejects.toThrow('ENOENT');
  });

  test.skipIf(process.platform !== 'linux')('a binary of another machine fails once, and is named', async () => {
    const world = await realWorld([]);
    const file = join(world.folder, 'gateway');
    const elf = Buffer.alloc(128);
    elf.write('\x7fELF', 'latin1');
    elf.set([2, 1, 1], 4);
    elf.set([2, 0, 15, 0], 16);
    await writeFile(file, elf, { mode: 0o755 });
    const result = await world.supervisor.up({ ...world.plan, command: [file] }, 1);
    expect(result).toMatchObject({ outcome: 'failed', problem: { code: 'gateway.not-found' } });
    expect(result.outcome === 'failed' && result.problem.detail).toContain(`"${file}" is no program`);
  });

  test('asks for a Node that is not on its PATH', async () => {
    const world = await realWorld([]);
    const file = join(world.folder, 'gateway');
    await writeFile(file, '#!/usr/bin/env no-such-node\n');
    await chmod(file, 0o755);
    const result = await world.supervisor.up({ ...world.plan, command: [file] }, 1);
    expect(result).toMatchObject({ outcome: 'failed' });
    expect(world.supervisor.lastExit?.code).toBe(127);
  });
});

describe('P9: a child that dies during its start', () => {
  test.each([
    ['configuration', ['complain=config: unknown key "gatway"', 'exit=78'], 'config: unknown key "gatway"'],
    ['crash', ['complain=Error: out of luck', 'exit=1'], 'Error: out of luck'],
    ['port-in-use', ['complain=Error: listen EADDRINUSE: address already in use', 'exit=1'], 'EADDRINUSE'],
    ['not-started', ['exit=0'], 'It printed nothing'],
    ['killed', ['raise=SIGKILL', 'live'], 'SIGKILL'],
    ['crash', ['raise=SIGSEGV', 'live'], 'SIGSEGV'],
  ] as const)('a child that dies while starting has the cause %s (%j)', async (cause, acts, words) => {
    const world = await realWorld(acts);
    const result = await world.up();
    expect(result).toMatchObject({ outcome: 'failed', problem: { code: 'gateway.exited' } });
    expect(result.outcome === 'failed' && result.problem.detail).toContain(words);
    expect(world.supervisor.lastExit).toMatchObject({ cause, wasReady: false });
    expect(world.pids.size).toBe(1);
    await world.down();
    await expectNothingLeft(world);
  });

  test('out of memory, told by V8’s own last words', async () => {
    const world = await realWorld([], {
      command: [process.execPath, '--max-old-space-size=20', '-e', 'const a=[];for(;;)a.push(new Array(1e4).fill(1))'],
    });
    await world.up();
    expect(world.supervisor.lastExit?.cause).toBe('out-of-memory');
  });

  test('keeps its last words though a helper holds its pipes open', async () => {
    const world = await realWorld(['helper=session clean', 'complain=Error: the reason', 'exit=1']);
    const result = await world.up();
    expect(result.outcome === 'failed' && result.problem.detail).toContain('Error: the reason');
  });
});

describe('P10: a port that something else holds', () => {
  test('a port in use is reported with pid and name of its owner, which is left alone', async () => {
    const stranger = spawnReal({ acts: ['listen=0', 'live'] });
    const port = Number(await stranger.says(/listening (\d+)/));
    const world = await realWorld(['listen={port}'], { port });
    const result = await world.up();
    expect(result).toMatchObject({ outcome: 'failed', problem: { code: 'port.in-use' } });
    const pid = await stranger.pid;
    expect(result.outcome === 'failed' && result.problem.detail).toContain(`node child.mjs (pid ${String(pid)})`);
    expect(world.pids.size).toBe(0);
    expect(isAlive(pid)).toBe(true);
    process.kill(pid, 'SIGKILL');
    await stranger.exit;
  });

  test('stolen between a crash and the respawn is waited for', async () => {
    const thief = createServer();
    const world: RealWorld = await realWorld(['listen={port}'], {
      crash: { baseDelayMs: 10, maxDelayMs: 20, maxCrashes: 500 },
      prepare: async () => {
        if (world.supervisor.restarts === 1) {
          await new Promise<void>((resolve) => thief.listen(world.plan.port, '127.0.0.1', resolve));
        }
        return undefined;
      },
    });
    await world.up();
    process.kill(world.supervisor.child?.pid ?? 0, 'SIGKILL');
    expect(await world.reaches('backoff')).toMatchObject({ problem: { code: 'port.in-use' } });
    await new Promise((resolve) => thief.close(resolve));
    await world.reaches('running');
    await world.down();
    await expectNothingLeft(world);
  });
});

describe('recovery', () => {
  test('recovery after kill -9 starts another gateway once the old tree is gone', async () => {
    const world = await realWorld(['helper=session', 'listen={port}']);
    await world.up();
    const before = [...world.pids];
    process.kill(world.supervisor.child?.pid ?? 0, 'SIGKILL');
    await world.reaches('terminating');
    await world.reaches('running');
    expect(before.filter(isAlive)).toEqual([]);
    expect(world.supervisor.lastExit).toMatchObject({ signal: 'SIGKILL', cause: 'killed', wasReady: true });
    expect(world.supervisor.restarts).toBe(1);
  });

  test('recovery of an unresponsive gateway stops it first', async () => {
    const world = await realWorld(['listen={port}'], { stop: { graceMs: 100 } });
    const up = await world.up();
    const hung = world.supervisor.child?.pid ?? 0;
    process.kill(hung, 'SIGSTOP');
    if (up.outcome === 'running') world.supervisor.restartUnresponsive(up.launch, 'nothing heard for 180 s');
    await world.reaches('terminating');
    await world.reaches('running');
    expect(isAlive(hung)).toBe(false);
  });
});

describe('P14: the environment', () => {
  test('the environment of a real child holds the inherited list, the plan’s variables and our marker', async () => {
    process.env['NODE_OPTIONS'] = '--no-warnings';
    process.env['INVOCATION_ID'] = 'systemd';
    process.env['SOME_SECRET'] = 'x';
    const world = await realWorld(['env', 'listen={port}'], { env: { EXTRA: 'yes' } });
    await world.up();
    for (const name of ['NODE_OPTIONS', 'INVOCATION_ID', 'SOME_SECRET']) delete process.env[name];
    const seen: unknown = JSON.parse(await world.says(/^(\{.*\})$/));
    expect(seen).toMatchObject({
      EXTRA: 'yes',
      DESKCLAW_LAUNCH: expect.stringMatching(/^[0-9a-f-]{36}\.[0-9a-f]{12}$/),
    });
    for (const name of ['NODE_OPTIONS', 'INVOCATION_ID', 'SOME_SECRET']) expect(seen).not.toHaveProperty(name);
  });
});

describe('the ownership record', () => {
  test('the ownership record is readable by its owner only and names the child', async () => {
    const world = await realWorld(['listen={port}']);
    await world.up();
    await expect
      .poll(async () => JSON.parse(await readFile(world.recordPath, 'utf8')))
      .toMatchObject({
        child: world.supervisor.child,
        port: world.plan.port,
      });
    expect((await stat(world.recordPath)).mode & 0o777).toBe(0o600);
  });
});
