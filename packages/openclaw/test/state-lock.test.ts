import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { nodeProcessTable } from '@deskclaw/core';
import type { PathOwner } from '@deskclaw/core/internal';
import { describe, expect, test } from 'vitest';
import { findStateHolder, type StateLockInput, stateLockedProblem } from '../src/state-lock.ts';
import { memoryFiles } from './memory-files.ts';

const question: StateLockInput = {
  stateDir: '/s',
  configPath: '/s/openclaw.json',
  platform: process.platform,
  temporary: '/tmp',
  uid: 1000,
};
const OURS = process.pid;
const ticks = Number(/^\d+/.exec(nodeProcessTable.find(OURS)?.startMark ?? '')?.[0]);
/** 2026.9.6 fills its lock files up with white space. */
const padding = `\n${'\t \t\t '.repeat(20)}`;

/** A gateway beside others of its own listeners. */
const listens = [19_006, 19_008].map((port) => ({ address: '127.0.0.1', port }));
const ports = { listening: (pid: number) => Promise.resolve(pid === OURS ? listens : []) };

function holder(
  disk: Readonly<Record<string, unknown>>,
  rest: Partial<StateLockInput> = {},
  owners: Readonly<Record<string, Partial<PathOwner>>> = {},
) {
  const texts = Object.entries(disk).map(([path, lock]) => [
    path,
    typeof lock === 'string' ? lock : JSON.stringify(lock) + padding,
  ]);
  const files = memoryFiles(Object.fromEntries(texts), 'linux', owners);
  return findStateHolder({ ...question, ...rest }, { files, processes: nodeProcessTable, tcpPorts: ports });
}

async function deadPid(): Promise<number> {
  const child = spawn(process.execPath, ['-e', '']);
  await once(child, 'exit');
  return child.pid ?? 0;
}

describe('who holds the state folder', () => {
  test('findStateHolder returns undefined when nobody holds the state', async () => {
    expect(await holder({})).toBeUndefined();
  });

  test('2026.9: a lock in the state folder, with the port', async () => {
    const lock = {
      pid: OURS,
      ownerId: 'o',
      createdAt: 'x',
      configPath: '/s/openclaw.json',
      stateDir: '/s',
      port: 19_311,
      startTime: ticks,
    };
    expect(await holder({ '/s/tmp/openclaw-1000/gateway.state.lock': lock })).toEqual({
      pid: OURS,
      role: 'gateway',
      port: 19_311,
      lock: '/s/tmp/openclaw-1000/gateway.state.lock',
    });
  });

  test('2026.2 and 2026.5: a lock in the common temporary folder, by the configuration it names', async () => {
    const lock = { pid: OURS, createdAt: 'x', configPath: '/s/openclaw.json', startTime: ticks };
    expect(await holder({ '/tmp/openclaw-1000/gateway.1a2b3c4d.lock': lock })).toEqual({
      pid: OURS,
      role: 'gateway',
      // The lock names no port; the listener table of the system does.
      port: 19_006,
      lock: '/tmp/openclaw-1000/gateway.1a2b3c4d.lock',
    });
  });

  test('a lock for another state folder in the common temporary folder is ignored', async () => {
    const lock = { pid: OURS, createdAt: 'x', configPath: '/other/openclaw.json' };
    expect(await holder({ '/tmp/openclaw-1000/gateway.1a2b3c4d.lock': lock })).toBeUndefined();
  });

  const folder = '/tmp/openclaw-1000';
  const file = `${folder}/gateway.1a2b3c4d.lock`;
  test.each<[string, Record<string, Partial<PathOwner>>, boolean]>([
    ['of our own', {}, true],
    ['of root', { [folder]: { user: 0, group: 0 }, [file]: { user: 0, group: 0 } }, true],
    ['that the group of our user may write', { [folder]: { mode: 0o775 }, [file]: { mode: 0o664 } }, true],
    ['in a folder of another user', { [folder]: { user: 1002 } }, false],
    ['of another user', { [file]: { user: 1002 } }, false],
    ['in a folder that all may write', { [folder]: { mode: 0o777 } }, false],
    ['that all may write', { [file]: { mode: 0o666 } }, false],
    ['in a folder that another group may write', { [folder]: { group: 50, mode: 0o770 } }, false],
    ['that another group may write', { [file]: { group: 50, mode: 0o660 } }, false],
    ['in a link instead of a folder', { [folder]: { kind: 'link' } }, false],
    ['that is a link', { [file]: { kind: 'link' } }, false],
  ])(
    'T1: owner and rights decide whether a lock %s in the common temporary folder counts',
    async (_whose, owners, counts) => {
      const lock = { pid: OURS, createdAt: 'x', configPath: '/s/openclaw.json', port: 28_789 };
      const found = await holder({ [file]: lock }, {}, owners);
      expect(found?.port).toBe(counts ? 28_789 : undefined);
    },
  );

  test('the folder is the same by another name', async () => {
    const lock = { pid: OURS, createdAt: 'x', configPath: '/real/openclaw.json', stateDir: '/real' };
    const disk = { '/s': '-> /real', '/real/openclaw.json': '{}', '/tmp/openclaw-1000/gateway.aa.lock': lock };
    expect((await holder(disk))?.pid).toBe(OURS);
  });

  test('a tool that holds it is named', async () => {
    const lock = {
      pid: OURS,
      createdAt: 'x',
      configPath: '/s/openclaw.json',
      stateDir: '/s',
      role: 'sqlite-maintenance',
    };
    const found = await holder({ '/s/tmp/openclaw-1000/gateway.state.lock': lock });
    expect(found?.role).toBe('sqlite-maintenance');
  });

  test('a lock of a dead process is stale', async () => {
    const lock = { pid: await deadPid(), createdAt: 'x', configPath: '/s/openclaw.json', stateDir: '/s' };
    expect(await holder({ '/s/tmp/openclaw-1000/gateway.state.lock': lock })).toBeUndefined();
  });

  test.runIf(process.platform === 'linux')('a lock whose pid now belongs to another process is stale', async () => {
    const lock = { pid: OURS, createdAt: 'x', configPath: '/s/openclaw.json', stateDir: '/s', startTime: ticks - 1 };
    expect(await holder({ '/s/tmp/openclaw-1000/gateway.state.lock': lock })).toBeUndefined();
  });

  test.each(['', '{', 'null', '{"pid":"7"}', '<html>'])('a lock that says nothing (%j) holds nothing', async (text) => {
    expect(await holder({ '/s/tmp/openclaw-1000/gateway.state.lock': text })).toBeUndefined();
  });

  test('a system without user numbers has no number in the folder’s name', async () => {
    const lock = { pid: OURS, createdAt: 'x', configPath: '/s/openclaw.json', stateDir: '/s' };
    const { uid: _uid, ...rest } = question;
    const files = memoryFiles({ '/s/tmp/openclaw/gateway.state.lock': JSON.stringify(lock) });
    expect((await findStateHolder(rest, { files, processes: nodeProcessTable, tcpPorts: ports }))?.pid).toBe(OURS);
  });
});

test('the problem names the holder, its port, the folder and the lock, and threatens nobody', () => {
  const problem = stateLockedProblem({ pid: 42, role: 'gateway', port: 19_311, lock: '/s/tmp/x.lock' }, '/s', 9);
  expect(problem).toMatchObject({ code: 'state.locked', at: 9 });
  for (const word of ['pid 42', '19311', '/s', '/s/tmp/x.lock', 'left it alone'])
    expect(problem.detail).toContain(word);
});
