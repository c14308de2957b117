import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { Home, isAlive, parseDocument, until } from '../support/deskclaw.ts';
import { at, numberAt } from '../support/shape.ts';

/** A home as a login session sees it: state below HOME, sockets in a runtime folder. */
function loginHome(): { readonly home: Home; readonly runtime: string } {
  const runtime = realpathSync(mkdtempSync(join(tmpdir(), 'deskclaw-run-')));
  onTestFinished(() => rmSync(runtime, { recursive: true, force: true }));
  return { home: new Home({ DESKCLAW_HOME: '', XDG_RUNTIME_DIR: runtime }), runtime };
}

async function expectSameGateway(home: Home, pid: number): Promise<void> {
  expect(await home.document('status')).toMatchObject({ gateway: { state: 'running', pid } });
  expect(await home.document('start', '--gateway', 'builtin')).toMatchObject({ outcome: 'joined', pid });
  expect(await home.document('call', 'system.health')).toMatchObject({ result: { ok: true } });
}

describe('E1: the socket or its folder is removed while the host lives', () => {
  it.each(['removed', 'made again', 'socket file'] as const)(
    'commands find the host: runtime folder %s',
    async (what) => {
      const { home, runtime } = loginHome();
      const pid = numberAt(await home.startBuiltin(), 'pid');
      rmSync(what === 'socket file' ? join(runtime, 'deskclaw/default.sock') : runtime, { recursive: true });
      if (what === 'made again') mkdirSync(runtime, { mode: 0o700 });
      await expectSameGateway(home, pid);
      expect(await home.run('stop')).toMatchObject({ code: 0, stdout: `Stopped (pid ${String(pid)})\n` });
      expect(isAlive(pid)).toBe(false);
    },
  );

  it('commands find the host with another or no XDG_RUNTIME_DIR, and another TMPDIR', async () => {
    const { home, runtime } = loginHome();
    const pid = numberAt(await home.startBuiltin(), 'pid');
    for (const env of [{ XDG_RUNTIME_DIR: '' }, { XDG_RUNTIME_DIR: join(runtime, 'other') }, { TMPDIR: '/nowhere' }]) {
      const { stdout } = await home.start(['status', '--json'], { env, input: '' }).ended;
      expect(parseDocument(stdout), JSON.stringify(env)).toMatchObject({ gateway: { state: 'running', pid } });
    }
  });

  it('commands find the host of a home whose path is too long for a socket, with another TMPDIR', async () => {
    const home = new Home();
    const env = { DESKCLAW_HOME: join(home.folder, 'long'.repeat(30)) };
    const run = (args: readonly string[], more = {}) => home.start(args, { env: { ...env, ...more }, input: '' }).ended;
    const started = parseDocument((await run(['start', '--gateway', 'builtin', '--port', '0', '--json'])).stdout);
    const status = await run(['status', '--json'], { TMPDIR: '/nowhere' });
    expect(at(parseDocument(status.stdout), 'gateway.pid')).toBe(at(started, 'pid'));
    expect(await run(['stop'], { TMPDIR: '/nowhere' })).toMatchObject({ code: 0 });
  });

  it('the host opens all its sockets again, with mode 0600', async () => {
    const { home, runtime } = loginHome();
    const pid = numberAt(await home.startBuiltin(), 'pid');
    const sockets = [
      join(runtime, 'deskclaw/default.sock'),
      join(home.folder, '.local/state/deskclaw/default/host.sock'),
    ];
    for (const socket of sockets) rmSync(socket);
    await expectSameGateway(home, pid);
    await until(() => sockets.every((socket) => existsSync(socket)));
    for (const socket of sockets) expect(statSync(socket).mode & 0o777).toBe(0o600);
    expect((await home.run('logs')).stdout).toContain('was removed; it is open again');
    await home.run('stop');
    for (const socket of sockets) expect(existsSync(socket)).toBe(false);
  });

  it('two homes that share a runtime folder have a host each', async () => {
    const { home, runtime } = loginHome();
    const other = new Home({ DESKCLAW_HOME: '', XDG_RUNTIME_DIR: runtime });
    const one = numberAt(await home.startBuiltin(), 'pid');
    expect(await other.run('status')).toMatchObject({ code: 3 });
    const two = numberAt(await other.startBuiltin(), 'pid');
    expect(two).not.toBe(one);
    await expectSameGateway(home, one);
    await expectSameGateway(other, two);
  });
});

/** Both wait 3 s for an answer and 5 s for the end after SIGTERM, so they wait together; each in a home of its own. */
describe.concurrent('a host that does not answer', () => {
  it('stop ends a host without sockets by its pid, and its gateway with it', async (context) => {
    const home = new Home({}, context.onTestFinished);
    const started = await home.startBuiltin();
    const [host, pid] = [numberAt(started, 'host.pid'), numberAt(started, 'pid')];
    process.kill(host, 'SIGSTOP');
    rmSync(home.socket);
    rmSync(join(home.folder, 'state/default/host.sock'));
    const stopping = home.start(['stop', '--force'], { input: '' });
    const ended = await stopping.ended;
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.stderr).toContain(`The host (pid ${String(host)}) could not be reached and was ended by a signal.`);
    expect([isAlive(host), isAlive(pid)]).toEqual([false, false]);
  });

  it('stop --force ends a frozen host and its gateway', async (context) => {
    const home = new Home({}, context.onTestFinished);
    const started = await home.startBuiltin();
    process.kill(numberAt(started, 'host.pid'), 'SIGSTOP');
    expect(await home.run('stop', '--force')).toMatchObject({ code: 0 });
    expect(isAlive(numberAt(started, 'pid'))).toBe(false);
  });
});

describe('E6: the lock of a host elsewhere', () => {
  it('the lock names the container and machine of its holder, and its sockets', async () => {
    const home = new Home();
    const pid = numberAt(await home.startBuiltin(), 'host.pid');
    const lock: unknown = JSON.parse(readFileSync(join(home.folder, 'state/default/host.lock'), 'utf8'));
    expect(lock).toMatchObject({
      pid,
      realm: { boot: expect.stringMatching(/./), pidNamespace: expect.stringMatching(/^pid:/) },
      endpoints: [join(home.folder, 'state/default/host.sock'), home.socket],
    });
  });
});
