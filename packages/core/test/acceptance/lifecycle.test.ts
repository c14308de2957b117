/** Behaviour, section 1: start, stop and restart, with real processes and real sockets. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import type { GatewayManager } from '../../src/manager/gateway-manager.ts';
import { nodeTcpPorts } from '../../src/ports/node/node-tcp-ports.ts';
import { foreignGateway, freePort, gatewayCommand, lives, manage, pidOf, stopAll } from '../manager/builtin.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-lifecycle-'));
});
afterEach(async () => {
  await stopAll();
  rmSync(folder, { recursive: true, force: true });
});

async function failure(promise: Promise<unknown>): Promise<GatewayError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof GatewayError) return error;
  throw new Error(`expected a GatewayError, got ${String(error)}`);
}

/** Every process it ever starts, as the journal would hold them. */
function spawnedBy(manager: GatewayManager): Set<number> {
  const pids = new Set<number>();
  manager.on('timeline', ({ what, data }) => {
    if (what === 'spawned' && typeof data?.['pid'] === 'number') pids.add(data['pid']);
  });
  return pids;
}

function program(name: string, text: string, mode: number): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

it('P1: stop returns once every process of the tree is gone and the port is free', async () => {
  const port = await freePort();
  const manager = manage({ port, command: gatewayCommand('grandchild') });
  const grandchild = new Promise<number>((resolve) => {
    manager.on('log', ({ text }) => {
      const pid = /^grandchild (\d+)$/.exec(text)?.[1];
      if (pid !== undefined) resolve(Number(pid));
    });
  });
  await manager.start();
  const tree = [pidOf(manager), await grandchild];
  expect(tree.map(lives)).toEqual([true, true]);
  expect(await manager.stop()).toMatchObject({ outcome: 'applied', previousPid: tree[0] });
  expect(tree.map(lives)).toEqual([false, false]);
  expect(await nodeTcpPorts.check('127.0.0.1', port)).toBe('free');
});

it('P3: restart gives a new pid, with the old one dead, and resolves with both', async () => {
  const manager = manage();
  await manager.start();
  for (let round = 0; round < 3; round += 1) {
    const before = pidOf(manager);
    const result = await manager.restart();
    expect(result).toMatchObject({ outcome: 'applied', previousPid: before, pid: pidOf(manager) });
    expect(pidOf(manager)).not.toBe(before);
    expect([lives(before), lives(pidOf(manager))]).toEqual([false, true]);
    expect(await manager.rpc('system.health', { deep: true })).toMatchObject({ pid: pidOf(manager) });
  }
});

describe('P4: stop during start', () => {
  it.each(['preflight', 'spawning', 'waiting-ready', 'handshaking'] as const)(
    'stop during a start in phase %s ends stopped',
    async (phase) => {
      const manager = manage();
      const pids = spawnedBy(manager);
      const reached = new Promise<void>((resolve) => {
        manager.on('status', (status) => status.phase === phase && resolve());
      });
      const starting = failure(manager.start());
      await reached;
      await manager.stop();
      expect((await starting).code).toBe('aborted');
      expect(manager.getStatus()).toMatchObject({ state: 'stopped', phase: 'idle' });
      expect([...pids].filter(lives)).toEqual([]);
    },
  );

  it('stop at any moment of a start ends stopped', async () => {
    const manager = manage();
    const pids = spawnedBy(manager);
    for (let turns = 0; turns < 60; turns += 6) {
      const starting = manager.start().then(
        () => 'started',
        (error: unknown) => (error instanceof GatewayError ? error.code : error),
      );
      for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      await manager.stop();
      expect(['started', 'aborted']).toContain(await starting);
      expect(manager.getStatus().state).toBe('stopped');
      expect([...pids].filter(lives)).toEqual([]);
    }
  });
});

it('P5: three starts at once are one process, and are settled alike', async () => {
  const manager = manage();
  const pids = spawnedBy(manager);
  const results = await Promise.all([manager.start(), manager.start(), manager.start()]);
  expect(results.map(({ outcome }) => outcome)).toEqual(['applied', 'joined', 'joined']);
  expect(new Set(results.map(({ pid }) => pid))).toEqual(new Set([pidOf(manager)]));
  expect([...pids]).toEqual([pidOf(manager)]);
});

describe('P8: a command that cannot be run', () => {
  it('a command that is not found fails the start with the searched PATH and what to do', async () => {
    const manager = manage({ command: ['no-such-gateway'], env: { PATH: `${folder}:/usr/bin` } });
    const pids = spawnedBy(manager);
    const { code, problem } = await failure(manager.start());
    expect(code).toBe('gateway.not-found');
    expect(problem.detail).toContain(`${folder}, /usr/bin`);
    expect(problem.actions.length).toBeGreaterThan(0);
    expect(pids.size).toBe(0);
  });

  it('a command without execute permission fails the start', async () => {
    const manager = manage({ command: [program('gateway', '#!/bin/sh\n', 0o644)] });
    const { code, problem } = await failure(manager.start());
    expect(code).toBe('gateway.not-found');
    expect(problem.detail).toContain('may not be executed');
  });
});

describe('P9: a child that ends during its start', () => {
  it.each([
    ['exit=78', 'configuration', 'config: unknown key "gatway"'],
    ['exit=1', 'crash', 'Error: out of luck'],
  ])(
    'a child that ends during its start (%s) fails it with its code, last lines and cause, and is not retried',
    async (exit, cause, words) => {
      const manager = manage({ command: gatewayCommand(`stderr-text=${words}`, exit) });
      const pids = spawnedBy(manager);
      const { code, problem } = await failure(manager.start());
      expect(code).toBe('gateway.exited');
      expect(problem.detail).toContain(words);
      expect(problem.detail).toContain(exit.slice('exit='.length));
      expect(manager.getStatus()).toMatchObject({ state: 'error', lastExit: { code: Number(exit.slice(5)), cause } });
      expect(manager.getStatus().nextRetryAt).toBeUndefined();
      expect(pids.size).toBe(1);
    },
  );

  it('exit code 78 of a restarted gateway ends the automatic restarts', async () => {
    // Runs once; from then on its configuration is refused.
    const ran = join(folder, 'ran');
    const command = ['/bin/sh', '-c', `[ -e ${ran} ] && exit 78; touch ${ran}; exec "$0" "$@"`, ...gatewayCommand()];
    const manager = manage({ command });
    const pids = spawnedBy(manager);
    await manager.start();
    process.kill(pidOf(manager), 'SIGKILL');
    await manager.waitFor('error');
    expect(manager.getStatus()).toMatchObject({ lastExit: { code: 78, cause: 'configuration' }, restarts: 1 });
    expect(manager.getStatus().nextRetryAt).toBeUndefined();
    expect(pids.size).toBe(2);
  });
});

it('P11: a start attaches to a foreign gateway, and a stop only detaches from it', async () => {
  const port = await freePort();
  const foreign = await foreignGateway(port);
  try {
    const manager = manage({ mode: 'auto', port });
    const pids = spawnedBy(manager);
    await manager.start();
    expect(manager.getStatus()).toMatchObject({ state: 'running', ownership: 'attached' });
    expect((await failure(manager.restart())).code).toBe('gateway.not-owned');
    await manager.stop({ force: true });
    expect(manager.getStatus().state).toBe('stopped');
    expect(lives(foreign.pid)).toBe(true);
    expect(pids.size).toBe(0);
  } finally {
    await foreign.end();
  }
});
