import { chmod, mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeClock } from '../../src/ports/node/node-clock.ts';
import { nodeSpawner } from '../../src/ports/node/node-spawner.ts';
import { nodeProcessTable } from '../../src/ports/node/process-table.ts';
import type { ChildHandlers, Spawner, SpawnRequest } from '../../src/ports/spawner.ts';
import { isMinimalPath, loginPath, parseShellOutput, userPath } from '../../src/process/login-path.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { isAlive } from './real.ts';

const real = { spawner: nodeSpawner, processes: nodeProcessTable, clock: nodeClock };
const encoder = new TextEncoder();

/** Shell with scripted output. */
function shellThat(answer: (handlers: ChildHandlers) => void): { spawner: Spawner; requests: SpawnRequest[] } {
  const requests: SpawnRequest[] = [];
  return {
    requests,
    spawner: {
      spawn: (request, handlers) => {
        requests.push(request);
        queueMicrotask(() => answer(handlers));
        return { pid: undefined, releaseLifeline: () => undefined, abandonOutput: () => undefined };
      },
    },
  };
}

const MARK = '__deskclaw_path__';
const bare = { SHELL: '/bin/zsh', PATH: '/usr/bin:/bin', HOME: '/home/me', SECRET: 'x' };

describe('a bare PATH', () => {
  test.each([
    ['/usr/bin:/bin:/usr/sbin:/sbin', true],
    ['/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:/snap/bin', true],
    ['', true],
    ['relative', true],
    ['/opt/homebrew/bin:/usr/bin', false],
    ['/home/me/.nvm/versions/node/v24/bin:/usr/bin', false],
  ])('the PATH %j is minimal: %s', (path, expected) => {
    expect(isMinimalPath(path, 'linux')).toBe(expected);
  });

  test('an empty PATH is never minimal on Windows, a missing one is on macOS', () => {
    expect(isMinimalPath('', 'win32')).toBe(false);
    expect(isMinimalPath(undefined, 'darwin')).toBe(true);
  });
});

describe('the answer of a shell', () => {
  test.each([
    [`hello\n${MARK}/a:/b${MARK}\nbye`, '/a:/b'],
    [`${MARK}/a`, undefined],
    [`${MARK}${MARK}`, undefined],
    ['nothing', undefined],
  ])('%j is read as %j', (text, path) => {
    expect(parseShellOutput(text)).toBe(path);
  });
});

describe('asking a shell', () => {
  const ask = (
    shell: ReturnType<typeof shellThat>,
    host: Record<string, string> = bare,
    clock = new SimulatedClock(),
  ) => ({
    clock,
    path: loginPath(host, 'linux', { spawner: shell.spawner, processes: nodeProcessTable, clock }),
  });

  test('puts its folders first and keeps ours', async () => {
    const shell = shellThat((handlers) =>
      handlers.output('stdout', encoder.encode(`motd\n${MARK}/home/me/bin:/usr/bin${MARK}`)),
    );
    const { path, clock } = ask(shell);
    expect(await path).toBe('/home/me/bin:/usr/bin:/bin');
    expect(clock.pendingTimers).toBe(0);
    expect(shell.requests[0]?.file).toBe('/bin/zsh');
    expect(shell.requests[0]?.env).not.toHaveProperty('SECRET');
  });

  test('does not wait for a background program that holds its output open', async () => {
    const shell = shellThat((handlers) => {
      handlers.output('stdout', encoder.encode(`${MARK}/x`));
      handlers.output('stdout', encoder.encode(MARK));
    });
    expect(await ask(shell).path).toBe('/x:/usr/bin:/bin');
  });

  test('gives up on a shell that says nothing, fails, or is none we know', async () => {
    expect(await ask(shellThat((handlers) => handlers.drained())).path).toBeUndefined();
    expect(await ask(shellThat((handlers) => handlers.failed({ code: 'ENOENT', message: '' }))).path).toBeUndefined();
    const strange = shellThat(() => undefined);
    expect(await ask(strange, { ...bare, SHELL: '/opt/strange' }).path).toBeUndefined();
    expect(await ask(strange, { PATH: '/bin' }).path).toBeUndefined();
    expect(strange.requests).toEqual([]);
  });

  test('waits five seconds for a shell that hangs, not longer', async () => {
    const { path, clock } = ask(shellThat(() => undefined));
    let answered = false;
    void path.then(() => {
      answered = true;
    });
    await clock.advance(4_999);
    expect(answered).toBe(false);
    await clock.advance(1);
    expect(await path).toBeUndefined();
  });

  test('the login shell is asked once, and only if our PATH is minimal', async () => {
    const shell = shellThat((handlers) => handlers.output('stdout', encoder.encode(`${MARK}/x${MARK}`)));
    const ports = { spawner: shell.spawner, processes: nodeProcessTable, clock: new SimulatedClock() };
    const asked = userPath(bare, 'linux', ports);
    expect([await asked(), await asked()]).toEqual(['/x:/usr/bin:/bin', '/x:/usr/bin:/bin']);
    expect(shell.requests).toHaveLength(1);
    expect(await userPath({ ...bare, PATH: '/home/me/bin' }, 'linux', ports)()).toBeUndefined();
    expect(shell.requests).toHaveLength(1);
  });
});

describe.skipIf(process.platform === 'win32')('a real shell', () => {
  let home = '';
  beforeAll(async () => {
    home = await realpath(await mkdtemp(join(tmpdir(), 'deskclaw-login-')));
  });
  afterAll(() => rm(home, { recursive: true, force: true }));

  test('tells the PATH its start-up files set', async () => {
    await mkdir(join(home, 'tools'), { recursive: true });
    await writeFile(join(home, '.bash_profile'), `echo welcome\nexport PATH="$HOME/tools:$PATH"\n`);
    const path = await loginPath({ SHELL: '/bin/bash', HOME: home, PATH: '/usr/bin:/bin' }, 'linux', real);
    const folders = path?.split(':') ?? [];
    expect(folders[0]).toBe(join(home, 'tools'));
    expect(folders).toEqual(expect.arrayContaining(['/usr/bin', '/bin']));
  });

  test('a login shell that hangs is killed with everything it started', async () => {
    const pidFile = join(home, 'pid');
    const shell = join(home, 'sh');
    await writeFile(shell, `#!/bin/sh\necho $$ > ${pidFile}\nsleep 1000 & echo $! >> ${pidFile}\nwait\n`);
    await chmod(shell, 0o755);
    const clock = new SimulatedClock();
    const path = loginPath({ SHELL: shell, HOME: home, PATH: '/bin' }, 'linux', { ...real, clock });
    const { readFile } = await import('node:fs/promises');
    const pids = await expect
      .poll(async () =>
        (await readFile(pidFile, 'utf8').catch(() => '')).trim().split('\n').filter(Boolean).map(Number),
      )
      .toHaveLength(2)
      .then(async () => (await readFile(pidFile, 'utf8')).trim().split('\n').map(Number));
    await clock.advance(5_000);
    expect(await path).toBeUndefined();
    await expect.poll(() => pids.filter(isAlive)).toEqual([]);
  });
});
