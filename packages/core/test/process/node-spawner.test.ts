import { chmod, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { nodeSpawner } from '../../src/ports/node/node-spawner.ts';
import { nodeProcessTable } from '../../src/ports/node/process-table.ts';
import { endAll, spawnReal } from './real.ts';

let folder = '';
beforeAll(async () => {
  folder = await realpath(await mkdtemp(join(tmpdir(), 'deskclaw-spawner-')));
});
afterAll(() => rm(folder, { recursive: true, force: true }));
afterEach(endAll);

async function script(name: string, text: string, mode: number): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  await chmod(path, mode);
  return path;
}

describe('a child', () => {
  test('gets its arguments as they are: no shell reads them', async () => {
    const hostile = ['say=$(echo hi)', 'say=a b', 'say=`id`; \'x\' "y" | & > *'];
    const child = spawnReal({ acts: hostile });
    await child.drained;
    expect(child.stdout()).toBe(`${hostile.map((word) => word.slice(4)).join('\n')}\n`);
  });

  test('gets the environment it was given and nothing of ours', async () => {
    process.env['LEAKED_BY_US'] = 'yes';
    const child = spawnReal({ acts: ['env'], env: { ONLY: 'this', ÜMLAUT: 'Bär 漢字' } });
    await child.drained;
    delete process.env['LEAKED_BY_US'];
    expect(JSON.parse(child.stdout())).toEqual({ ONLY: 'this', ÜMLAUT: 'Bär 漢字' });
  });

  test('stands in the folder it was given', async () => {
    const child = spawnReal({ acts: ['cwd'], cwd: folder });
    await child.drained;
    expect(child.stdout().trim()).toBe(folder);
  });

  test('leads a group and a session of its own', async () => {
    const child = spawnReal({ acts: ['say=up', 'live'] });
    const pid = await child.pid;
    expect(nodeProcessTable.find(pid)?.groupId).toBe(pid);
    expect(nodeProcessTable.find(process.pid)?.groupId).not.toBe(pid);
  });

  test('a child reports spawned, exited and drained, once each and in this order', async () => {
    const child = spawnReal({ acts: ['say=bye', 'exit=3'] });
    await Promise.all([child.exit, child.drained]);
    expect(await child.exit).toEqual({ code: 3, signal: null });
    expect([...child.calls].sort()).toEqual(['drained', 'exited', 'spawned']);
    expect(child.calls[0]).toBe('spawned');
  });

  test('a flood of output is read in turns that let other work run', async () => {
    const size = 32 * 1024 * 1024;
    let total = 0;
    let sinceTurn = 0;
    let most = 0;
    await new Promise<void>((resolve) => {
      const turn = () => {
        sinceTurn = 0;
        if (total < size) setImmediate(turn);
      };
      turn();
      const script = `process.stdout.write('x'.repeat(${String(size)}))`;
      nodeSpawner.spawn(
        { file: process.execPath, args: ['-e', script], env: {}, lifeline: false },
        {
          spawned: () => undefined,
          failed: () => undefined,
          exited: () => undefined,
          drained: () => resolve(),
          output: (_stream, chunk) => {
            total += chunk.length;
            sinceTurn += chunk.length;
            most = Math.max(most, sinceTurn);
          },
        },
      );
    });
    expect(total).toBe(size);
    expect(most).toBeLessThanOrEqual(256 * 1024);
  });

  test('a child killed by a signal reports the signal', async () => {
    const child = spawnReal({ acts: ['raise=SIGKILL', 'live'] });
    expect(await child.exit).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('a child that closes its pipes keeps running', async () => {
    const child = spawnReal({ acts: ['say=closing', 'close-pipes', 'live'] });
    await child.drained;
    const pid = await child.pid;
    expect(nodeProcessTable.find(pid)?.pid).toBe(pid);
    expect(child.calls).not.toContain('exited');
  });

  test('a child whose pipes a helper holds is drained once the helper ends or reading stops', async () => {
    const child = spawnReal({ acts: ['helper=session', 'exit=0'] });
    const helper = Number(await child.says(/helper (\d+)/));
    await child.exit;
    expect(child.calls).not.toContain('drained');
    child.handle.abandonOutput();
    await child.drained;
    process.kill(helper, 'SIGKILL');
  });
});

describe('standard input', () => {
  test('standard input without a lifeline is empty', async () => {
    const child = spawnReal({ acts: ['lifeline'], lifeline: false });
    expect(await child.exit).toEqual({ code: 0, signal: null });
  });

  test('stays open with a lifeline until it is released', async () => {
    const child = spawnReal({ acts: ['lifeline', 'say=up'], lifeline: true });
    await child.says(/up/);
    expect(child.calls).toEqual(['spawned']);
    child.handle.releaseLifeline();
    expect(await child.exit).toEqual({ code: 0, signal: null });
  });
});

describe('a failure to spawn', () => {
  test('a failure to spawn is reported instead of a pid, and nothing follows', async () => {
    const child = spawnReal({ file: join(folder, 'nothing') });
    expect((await child.failure).code).toBe('ENOENT');
    await child.drained;
    expect(child.calls).not.toContain('spawned');
    expect(child.calls).not.toContain('exited');
  });

  test('spawning a file without execute permission fails', async () => {
    const file = await script('plain', '#!/bin/sh\n', 0o644);
    expect((await spawnReal({ file, args: [] }).failure).code).toBe('EACCES');
  });

  test('spawning a script whose interpreter is missing fails', async () => {
    const file = await script('orphan', '#!/no/such/interpreter\n', 0o755);
    expect((await spawnReal({ file, args: [] }).failure).code).toBe('ENOENT');
  });

  test('spawning in a working directory that is a file fails', async () => {
    const file = await script('afile', '', 0o644);
    expect((await spawnReal({ acts: ['exit=0'], cwd: file }).failure).code).toBe('ENOTDIR');
  });

  test('spawning with more arguments than the system takes fails', async () => {
    const child = spawnReal({ acts: [`say=${'x'.repeat(4 * 1024 * 1024)}`] });
    expect((await child.failure).code).toBe('E2BIG');
  });

  test('spawning with a NUL in an argument fails', async () => {
    const child = spawnReal({ acts: ['say=a\0b'] });
    expect((await child.failure).code).toBe('ERR_INVALID_ARG_VALUE');
  });
});
