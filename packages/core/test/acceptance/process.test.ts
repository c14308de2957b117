/** Behaviour, sections 1 and 2: what happens to processes and ports, with real ones. */
import { fork } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isObject, type JournalRecord } from '@deskclaw/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import type { GatewayManager } from '../../src/manager/gateway-manager.ts';
import { nodeTcpPorts } from '../../src/ports/node/node-tcp-ports.ts';
import {
  foreignGateway,
  freePort,
  gatewayCommand,
  gatewayFile,
  lives,
  manage,
  pidOf,
  stopAll,
} from '../manager/builtin.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-process-'));
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

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
}
function canListen(host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once('error', () => resolve(false));
    server.listen(0, host, () => server.close(() => resolve(true)));
  });
}
function close(server: Server): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve));
}

/** Every process of a group, by the system's own table. */
function group(leader: number): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const fields = readFileSync(`/proc/${String(pid)}/stat`, 'utf8')
          .replace(/^.*\) /, '')
          .split(' ');
        return fields[0] !== 'Z' && fields[2] === String(leader);
      } catch {
        return false;
      }
    });
}
const linux = existsSync('/proc/self/stat');

describe('processes', () => {
  it.runIf(linux)('P2: one that ignores SIGTERM and left a grandchild is gone after the grace, all of it', async () => {
    const manager = manage({ command: gatewayCommand('ignore-sigterm', 'grandchild'), stop: { graceMs: 300 } });
    await manager.start();
    const leader = pidOf(manager);
    expect(group(leader).length).toBeGreaterThan(1);
    await manager.stop();
    expect(group(leader)).toEqual([]);
  });

  it('P6: start while reconnecting makes one attempt at once, on the one process', async () => {
    const manager = manage({
      command: gatewayCommand('flap=300'),
      reconnect: { baseDelayMs: 60_000, maxDelayMs: 60_000 },
    });
    await manager.start();
    const before = pidOf(manager);
    const waiting = new Promise<void>((resolve) => {
      manager.on('status', ({ nextRetryAt }) => {
        if (nextRetryAt !== undefined && nextRetryAt > Date.now() + 10_000) resolve();
      });
    });
    await waiting;
    expect(await manager.start()).toMatchObject({ outcome: 'joined', pid: before });
    expect(pidOf(manager)).toBe(before);
  });

  it('P7: a start that fails, its retries, then stop: nothing is left', async () => {
    const manager = manage({ command: gatewayCommand('never-ready'), startup: { timeoutMs: 400 } });
    const pids = new Set<number>();
    manager.on('status', ({ pid }) => pid !== undefined && pids.add(pid));
    const error = await failure(manager.start());
    expect(error.code).toBe('gateway.start-timeout');
    await manager.stop();
    expect(pids.size).toBeGreaterThan(0);
    for (const pid of pids) expect(lives(pid)).toBe(false);
  });

  it('P10: a port held by another program is reported with its owner, who is left alone', async () => {
    const port = await freePort();
    const stranger = createServer((socket) => socket.resume().end('220 mail ready\r\n'));
    await listen(stranger, port);
    try {
      for (const mode of ['auto', 'supervise'] as const) {
        const manager = manage({ mode, port });
        const { code, problem } = await failure(manager.start());
        expect(code).toBe('port.in-use');
        if (linux) expect(problem.detail).toContain(`pid ${String(process.pid)}`);
        if (mode === 'auto') expect(problem.detail).toContain('Expected HTTP');
        expect(problem.actions.map((action) => action.id)).toContain('other-port');
        expect(manager.getStatus()).toMatchObject({ state: 'error', problem: { code: 'port.in-use' } });
        expect(stranger.listening).toBe(true);
      }
    } finally {
      await close(stranger);
    }
  });

  it('P12: a gateway whose host was killed is found again and adopted: one gateway, never two', async () => {
    const ownershipFile = join(folder, 'owner.json');
    const port = await freePort();
    const command = [process.execPath, gatewayFile, '--port', '{port}'];
    const first = fork(join(import.meta.dirname, 'host-killer.ts'), [ownershipFile, String(port), ...command]);
    const announced = await new Promise<unknown>((resolve) => first.once('message', resolve));
    const pid = isObject(announced) && typeof announced['pid'] === 'number' ? announced['pid'] : 0;
    expect(lives(pid)).toBe(true);
    const ended = new Promise((resolve) => first.once('exit', resolve));
    first.kill('SIGKILL');
    await ended;
    expect(lives(pid)).toBe(true);
    const manager = manage({ mode: 'auto', port, command, ownershipFile });
    expect(await manager.start()).toMatchObject({ pid });
    expect(manager.getStatus()).toMatchObject({ ownership: 'owned', pid });
    await manager.stop();
    expect(lives(pid)).toBe(false);
    expect(existsSync(ownershipFile)).toBe(false);
  });

  it('P12: with a lifeline the gateway ends with its killed host', async () => {
    const killed = fork(join(import.meta.dirname, 'lifeline-host.ts'), [gatewayFile]);
    const announced = await new Promise<unknown>((resolve) => killed.once('message', resolve));
    const pid = isObject(announced) && typeof announced['pid'] === 'number' ? announced['pid'] : 0;
    expect(lives(pid)).toBe(true);
    killed.kill('SIGKILL');
    while (lives(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
  });

  it('P14: the child sees a small explicit environment, and what was asked for', async () => {
    const hidden = ['NODE_OPTIONS', 'INVOCATION_ID', 'DESKCLAW_TEST_SECRET'];
    process.env['NODE_OPTIONS'] = '--no-warnings';
    process.env['INVOCATION_ID'] = 'unit';
    process.env['DESKCLAW_TEST_SECRET'] = 'secret';
    try {
      // One short line per name: the whole environment may be longer than the excerpt that a problem quotes.
      const names = JSON.stringify(['WANTED', 'PATH', ...hidden]);
      const print = `for (const name of ${names}) console.error(name, name in process.env ? 'seen' : 'unseen'); process.exit(78)`;
      const manager = manage({ command: [process.execPath, '-e', print], env: { WANTED: 'yes' } });
      const { problem } = await failure(manager.start());
      for (const name of ['WANTED', 'PATH']) expect(problem.detail).toContain(`${name} seen`);
      for (const name of hidden) expect(problem.detail).toContain(`${name} unseen`);
    } finally {
      for (const name of hidden) Reflect.deleteProperty(process.env, name);
    }
  });
});

describe('P14: what the child gets of our environment', () => {
  const ours = {
    DESKCLAW_TEST_ONE: 'one',
    DESKCLAW_TEST_TWO: 'two',
    INVOCATION_ID: 'unit',
    NODE_OPTIONS: '--no-warnings',
  };
  beforeEach(() => {
    Object.assign(process.env, ours);
  });
  afterEach(() => {
    for (const name of Object.keys(ours)) Reflect.deleteProperty(process.env, name);
  });

  it.each([
    [false, {}],
    [['DESKCLAW_TEST_ONE'], { DESKCLAW_TEST_ONE: 'one' }],
    [['DESKCLAW_TEST_*', 'NODE_OPTIONS'], { DESKCLAW_TEST_ONE: 'one', DESKCLAW_TEST_TWO: 'two' }],
    [true, { DESKCLAW_TEST_ONE: 'one', DESKCLAW_TEST_TWO: 'two' }],
  ])('inheritEnv %j passes on %j and nothing of service managers', async (inheritEnv, expected) => {
    const names = JSON.stringify(Object.keys(ours));
    const print = `console.error(JSON.stringify(Object.fromEntries(Object.entries(process.env).filter(([name]) => ${names}.includes(name))))); process.exit(78)`;
    const manager = manage({ command: [process.execPath, '-e', print], inheritEnv });
    const printed = new Promise((resolve) => {
      manager.on('log', ({ source, text }) => {
        if (source === 'gateway') resolve(JSON.parse(text));
      });
    });
    await failure(manager.start());
    expect(await printed).toEqual(expected);
  });

  it('env wins over what inheritEnv passes on', async () => {
    const print = 'console.error(process.env.DESKCLAW_TEST_ONE, process.env.NODE_OPTIONS); process.exit(78)';
    const env = { DESKCLAW_TEST_ONE: 'set', NODE_OPTIONS: '--no-deprecation' };
    const manager = manage({ command: [process.execPath, '-e', print], inheritEnv: true, env });
    expect((await failure(manager.start())).problem.detail).toContain('set --no-deprecation');
  });
});

describe('readiness', () => {
  it('R1: an HTTP 200 with HTML does not count as healthy', async () => {
    const manager = manage({ command: gatewayCommand('health-html') });
    await manager.start();
    const { evidence } = await manager.checkHealth();
    expect(evidence.find((sign) => sign.kind === 'http')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('html'),
    });
  });

  it('R1: a web server on the port does not count as a gateway', async () => {
    const port = await freePort();
    const web = createHttpServer((_request, response) =>
      response.setHeader('content-type', 'text/html').end('<h1>ok</h1>'),
    );
    await listen(web, port);
    try {
      expect((await failure(manage({ mode: 'auto', port }).start())).code).toBe('port.in-use');
    } finally {
      web.closeAllConnections();
      await close(web);
    }
  });

  it('R2: an upgrade that is never answered fails by deadline', async () => {
    const manager = manage({ command: gatewayCommand('upgrade-unanswered'), startup: { timeoutMs: 700 } });
    const error = await failure(manager.start());
    expect(error.code).toBe('gateway.start-timeout');
    expect(manager.getStatus().pid).toBeUndefined();
  });

  it('R3: a slow gateway is starting, with its phase and since when, and no problem', async () => {
    const manager = manage({ command: gatewayCommand('slow-boot=1500') });
    const starting = manager.start();
    const status = await new Promise<ReturnType<GatewayManager['getStatus']>>((resolve) => {
      manager.on('status', (now) => now.phase === 'waiting-ready' && resolve(now));
    });
    expect(status).toMatchObject({ state: 'starting', health: 'unknown' });
    expect(status.problem).toBeUndefined();
    expect(status.since).toBeLessThanOrEqual(Date.now());
    await starting;
  });

  it('R4: the port that was asked for is the one in use everywhere', async () => {
    const port = await freePort();
    const manager = manage({ port });
    await manager.start();
    expect(manager.getStatus()).toMatchObject({ port, url: `ws://127.0.0.1:${String(port)}/ws` });
    const other = manage({ mode: 'attach', port, host: 'localhost' });
    await other.start();
    expect(await other.rpc('system.health', { deep: true })).toMatchObject({ pid: pidOf(manager) });
  });

  it('R4: the requested port is the one in use on IPv6 too', async (context) => {
    if (!(await canListen('::1'))) context.skip('this machine has no ::1');
    const manager = manage({ host: '::1', port: 0 });
    await manager.start();
    const { port, url } = manager.getStatus();
    expect(url).toBe(`ws://[::1]:${String(port)}/ws`);
    expect(await manager.checkHealth()).toMatchObject({ ok: true });
    const beside = manage({ mode: 'auto', host: '::1', port });
    await beside.start();
    expect(beside.getStatus().ownership).toBe('attached');
    await beside.stop();
    await manager.stop();
    expect(await nodeTcpPorts.check('::1', port)).toBe('free');
  });

  it('a gateway that restarts itself in place is waited for, not doubled', async () => {
    const manager = manage({ command: gatewayCommand('restart-in-process=200') });
    await manager.start();
    const before = pidOf(manager);
    const records: JournalRecord[] = [];
    manager.on('timeline', (record) => records.push(record));
    const { phase } = await manager.waitFor('reconnecting');
    expect(phase).toBe('restarting');
    await manager.waitFor('running');
    expect(pidOf(manager)).toBe(before);
    expect(manager.getStatus().restarts).toBe(0);
    expect(records.filter(({ category }) => category === 'process')).toMatchObject([
      { what: 'restarting-itself', data: { pid: before, expectedMs: expect.any(Number) } },
      { what: 'restarted-itself', data: { pid: before }, durationMs: expect.any(Number) },
    ]);
  });

  it('an attached gateway that ends is waited for and never started by us', async () => {
    const port = await freePort();
    const foreign = await foreignGateway(port);
    const manager = manage({
      mode: 'attach',
      port,
      reconnect: { baseDelayMs: 20, maxDelayMs: 50, maxAttempts: 1_000 },
    });
    await manager.start();
    await foreign.end();
    await manager.waitFor('reconnecting');
    const again = await foreignGateway(port);
    try {
      await manager.waitFor('running');
      expect(await manager.rpc('system.health', { deep: true })).toMatchObject({ pid: again.pid });
    } finally {
      await again.end();
    }
  });
});
