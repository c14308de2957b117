import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { nodeClock } from '@deskclaw/core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { osKeyring } from '../../src/keyring/os-keyring.ts';
import { TimeoutSecretStore } from '../../src/profile/timeout-secret-store.ts';
import { needsSecretService, patiently, type Session, startSession } from './secret-service.ts';

const program = join(import.meta.dirname, '../../src/keyring/keyring-program.ts');
const command = [process.execPath, program] as const;

function keyringOf({ env }: Pick<Session, 'env'>) {
  return osKeyring({ command, env });
}

function childrenOf(pid = 0): readonly string[] {
  const children = readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8').trim();
  return children === '' ? [] : children.split(' ');
}

/** Returns `false` for a zombie, which has no command line. */
function isRunning(pid: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8') !== '';
  } catch {
    return false;
  }
}

describe('a real keyring', () => {
  test('keeps what it is given under its name, for the next process as well', async (context) => {
    needsSecretService(context);
    const session = await startSession();
    const secret = JSON.stringify({ privateKey: 'ä€', tokens: { 'ws://here/': 'x'.repeat(2_000) } });
    expect(await keyringOf(session).read('one')).toEqual({ kind: 'absent' });
    expect(await keyringOf(session).write('one', secret)).toEqual({ kind: 'done' });
    expect(await keyringOf(session).write('other', 'another')).toEqual({ kind: 'done' });
    expect(await keyringOf(session).read('one')).toEqual({ kind: 'found', secret });
    expect(await keyringOf(session).write('one', 'new')).toEqual({ kind: 'done' });
    expect(await keyringOf(session).read('one')).toEqual({ kind: 'found', secret: 'new' });
    expect(await keyringOf(session).remove('one')).toEqual({ kind: 'done' });
    expect(await keyringOf(session).remove('one')).toEqual({ kind: 'done' });
    expect(await keyringOf(session).read('one')).toEqual({ kind: 'absent' });
    expect(await keyringOf(session).read('other')).toEqual({ kind: 'found', secret: 'another' });
  });

  test('a locked keyring prompts the user once', async (context) => {
    needsSecretService(context);
    const session = await startSession({ prompter: true });
    await keyringOf(session).write('one', 'secret');
    await session.lock();
    const patient = new TimeoutSecretStore(keyringOf(session), nodeClock, 300);
    expect(await patient.read('one')).toMatchObject({ cause: 'waiting' });
    await expect.poll(() => session.prompterShown(), patiently).toBe(true);
    expect(await patient.write('one', 'new')).toMatchObject({ cause: 'waiting' });
    session.dismiss();
    await expect.poll(() => patient.read('one'), patiently).toMatchObject({ kind: 'error', cause: 'refused' });
  });

  test('a keyring prompt ends with the process that asked for it', async (context) => {
    needsSecretService(context);
    const session = await startSession({ prompter: true });
    await keyringOf(session).write('one', 'secret');
    await session.lock();
    const asker = `
      const { osKeyring } = await import(process.argv[1]);
      void osKeyring({ command: [process.execPath, process.argv[2]], env: process.env }).read('one');
      process.stdin.once('data', () => process.exit(7));
    `;
    const source = join(import.meta.dirname, '../../src/keyring/os-keyring.ts');
    const child = spawn(process.execPath, ['--input-type=module', '-e', asker, source, program], {
      env: session.env,
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const exited = once(child, 'exit');
    await expect.poll(() => session.prompterShown(), patiently).toBe(true);
    const asking = childrenOf(child.pid);
    expect(asking).toHaveLength(1);
    child.stdin.write('end');
    expect(await exited).toEqual([7, null]);
    await expect.poll(() => asking.filter(isRunning), patiently).toEqual([]);
  });

  test('a keyring that was shut down is unavailable', async (context) => {
    needsSecretService(context);
    const session = await startSession();
    await keyringOf(session).write('one', 'secret');
    await session.endKeyring();
    for (const answer of [await keyringOf(session).read('one'), await keyringOf(session).write('one', 'new')])
      expect(answer).toMatchObject({ kind: 'error', cause: 'unavailable' });
  });
});

describe('where there is no keyring', () => {
  test('without a Secret Service the keyring is unavailable, and the kernel keyring is not used', async (context) => {
    if (process.platform !== 'linux') context.skip('the keyring of this system belongs to whoever works here');
    const env = { PATH: process.env['PATH'], HOME: '/nonexistent', XDG_RUNTIME_DIR: '/nonexistent' };
    const keyring = osKeyring({ command, env });
    const none = { kind: 'error', cause: 'unavailable', message: expect.stringMatching(/D-?Bus.*[^.]$/i) };
    expect(await keyring.write('one', 'secret')).toEqual(none);
    expect(await keyring.read('one')).toEqual(none);
    expect(await keyring.remove('one')).toEqual(none);
  });

  test.each([
    ['cannot be started', undefined, /ENOENT/],
    ['ends at once', 'process.exit(3)', /without an answer \(code 3\)/],
    ['is killed', 'process.kill(process.pid, "SIGKILL")', /without an answer/],
    ['speaks nonsense', 'console.log("hello"); setInterval(() => {}, 1000)', /something else/],
    ['tells of something that was not asked', 'console.log(\'{"kind":"done"}\')', /something else/],
    ['gives no secret', 'console.log(\'{"kind":"found"}\')', /something else/],
  ])('a program that %s is one that has none', async (_, source, reason) => {
    const folder = mkdtempSync(join(tmpdir(), 'keyring-program-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, 'program.cjs');
    if (source !== undefined) writeFileSync(file, source);
    const asked = source === undefined ? (['/nowhere/node', file] as const) : ([process.execPath, file] as const);
    const answer = await osKeyring({ command: asked, env: {} }).read('one');
    expect(answer).toEqual({ kind: 'error', cause: 'unavailable', message: expect.stringMatching(reason) });
  });

  test('a host that can open no more files has none, and goes on', async (context) => {
    if (process.platform === 'win32') context.skip('files are not counted there');
    const asker = `
      const { openSync } = await import('node:fs');
      const { osKeyring } = await import(process.argv[1]);
      const keyring = osKeyring({ command: [process.execPath, process.argv[2]], env: {} });
      try { for (;;) openSync('/dev/null'); } catch {}
      const answer = await keyring.read('one');
      await new Promise((resolve) => setImmediate(resolve));
      process.stdout.write(JSON.stringify(answer));
    `;
    const source = join(import.meta.dirname, '../../src/keyring/os-keyring.ts');
    const line = 'ulimit -n 64; exec "$@"';
    const node = [process.execPath, '--input-type=module', '-e', asker, source, program];
    const child = spawn('/bin/sh', ['-c', line, 'sh', ...node], { stdio: ['ignore', 'pipe', 'inherit'] });
    onTestFinished(() => void child.kill('SIGKILL'));
    const [reported, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    expect(code).toBe(0);
    expect(JSON.parse(reported)).toMatchObject({
      kind: 'error',
      cause: 'unavailable',
      message: expect.stringContaining('EMFILE'),
    });
  });

  test('the program that is asked nothing says so, and ends', async () => {
    const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'], env: {} });
    onTestFinished(() => void child.kill('SIGKILL'));
    child.stdin.write('{"ask":"everything"}\n');
    const [reported]: unknown[] = await once(child.stdout, 'data');
    expect(JSON.parse(String(reported))).toMatchObject({ kind: 'error', cause: 'unavailable' });
    if (child.exitCode === null) await once(child, 'exit');
    expect(child.exitCode).toBe(0);
  });
});
