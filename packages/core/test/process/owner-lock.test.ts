import { fork } from 'node:child_process';
import { once } from 'node:events';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { currentRealm } from '../../src/ports/node/process-realm.ts';
import type { ProcessRealm, ProcessTable } from '../../src/ports/spawner.ts';
import { acquireOwnerLock, type LockHolder, lockHolder } from '../../src/process/owner-lock.ts';

/** Of the race of processes; a run of all tests has more of them. */
const ROUNDS = process.env['DESKCLAW_TEST_ALL'] === '1' ? 300 : 80;

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-lock-'));
  path = join(folder, 'state', 'host.lock');
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** Process table with exactly these living processes. */
function table(...alive: readonly LockHolder[]): ProcessTable {
  return {
    find: (pid) => {
      const found = alive.find((holder) => holder.pid === pid);
      return found === undefined ? undefined : { ...found, parentPid: 1, groupId: pid, name: 'x' };
    },
    commandLine: () => undefined,
    checkMarker: () => 'missing',
    tree: () => [],
    signal: () => false,
    killGroup: () => false,
    isOlder: () => undefined,
    outOfMemoryKills: () => undefined,
  };
}
const one: LockHolder = { pid: 1001, startMark: 'a', nonce: 'n1' };
const two: LockHolder = { pid: 1002, startMark: 'b', nonce: 'n2' };

describe('the owner lock', () => {
  it('the owner lock has one holder, and names it to the second', () => {
    expect(acquireOwnerLock(path, one, table(one, two)).kind).toBe('held');
    expect(acquireOwnerLock(path, two, table(one, two))).toEqual({ kind: 'taken', by: one });
  });

  it('release of the owner lock removes its file', () => {
    const lock = acquireOwnerLock(path, one, table(one));
    if (lock.kind === 'held') lock.release();
    expect(readdirSync(join(folder, 'state'))).toEqual([]);
    expect(acquireOwnerLock(path, two, table(two)).kind).toBe('held');
  });

  it('the lock of a dead holder is taken over', () => {
    acquireOwnerLock(path, one, table(one));
    expect(acquireOwnerLock(path, two, table(two)).kind).toBe('held');
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(two);
    expect(readdirSync(join(folder, 'state'))).toEqual(['host.lock']);
  });

  it('the lock of a dead holder is taken over after another process died doing so', () => {
    acquireOwnerLock(path, one, table(one));
    acquireOwnerLock(`${path}.next`, two, table(two));
    const three: LockHolder = { pid: 1003, startMark: 'c', nonce: 'n3' };
    expect(acquireOwnerLock(path, three, table(two, three))).toEqual({ kind: 'taken', by: two });
    expect(acquireOwnerLock(path, three, table(three)).kind).toBe('held');
    expect(readdirSync(join(folder, 'state'))).toEqual(['host.lock']);
  });

  it('a reused pid does not hold the owner lock', () => {
    acquireOwnerLock(path, one, table(one));
    const reused = { ...one, startMark: 'later' };
    expect(acquireOwnerLock(path, two, table(reused, two)).kind).toBe('held');
  });

  it.each(['', '{', '[]', '{"pid":"x"}', 'null'])('a broken lock file (%s) does not block for ever', (text) => {
    acquireOwnerLock(path, one, table(one));
    writeFileSync(path, text);
    utimesSync(path, 1, 1);
    expect(acquireOwnerLock(path, two, table(one, two)).kind).toBe('held');
  });

  it('a lock file that cannot be read is not taken over', () => {
    const old = acquireOwnerLock(path, one, table(one));
    rmSync(path);
    // A symbolic link to itself: even root cannot read that.
    symlinkSync(path, path);
    expect(() => acquireOwnerLock(path, two, table(one, two))).toThrow(/ELOOP/);
    if (old.kind === 'held') old.release();
    expect(readlinkSync(path)).toBe(path);
    expect(readdirSync(join(folder, 'state'))).toEqual(['host.lock']);
  });

  it('release after a take-over leaves the new holder’s lock alone', () => {
    const old = acquireOwnerLock(path, one, table(one));
    acquireOwnerLock(path, two, table(two));
    if (old.kind === 'held') old.release();
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(two);
  });

  it.each(['with hard links', 'without hard links'])(
    'goes to exactly one of many processes that race for a dead host’s lock, %s',
    async (how) => {
      const racers = await Promise.all(
        Array.from({ length: 6 }, async () => {
          const child = fork(join(import.meta.dirname, 'lock-racer.ts'), [how], {
            stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
          });
          await once(child, 'message');
          return child;
        }),
      );
      const held: number[] = [];
      for (let round = 0; round < ROUNDS; round += 1) {
        const contested = `${path}.${round}`;
        const results = racers.map((child) => once(child, 'message'));
        for (const child of racers) child.send(contested);
        acquireOwnerLock(contested, one, table());
        held.push((await Promise.all(results)).flat().filter((result) => result === 'held').length);
      }
      const ends = racers.map((child) => once(child, 'exit'));
      for (const child of racers) child.send('end');
      await Promise.all(ends);
      expect(held).toEqual(held.map(() => 1));
    },
  );

  it.each(['EPERM', 'ENOTSUP', 'ENOSYS'])(
    'E5: a file system whose link call fails with %s has locks as well',
    (code) => {
      const link = () => {
        throw Object.assign(new Error(code), { code });
      };
      const lock = acquireOwnerLock(path, one, table(one, two), { link });
      expect(lock.kind).toBe('held');
      expect(acquireOwnerLock(path, two, table(one, two), { link })).toEqual({ kind: 'taken', by: one });
      expect(acquireOwnerLock(path, two, table(two), { link }).kind).toBe('held');
      expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(two);
      expect(readdirSync(join(folder, 'state'))).toEqual(['host.lock']);
      if (lock.kind === 'held') lock.release();
      expect(readdirSync(join(folder, 'state'))).toEqual(['host.lock']);
    },
  );

  it.each(['EACCES', 'EROFS', 'ENOSPC'])('a link call that fails with %s is told as it is', (code) => {
    const link = () => {
      throw Object.assign(new Error(code), { code });
    };
    expect(() => acquireOwnerLock(path, one, table(one), { link })).toThrow(code);
  });

  it('an empty lock that was created a moment ago is being written, and not taken over', () => {
    mkdirSync(join(folder, 'state'));
    writeFileSync(path, '');
    expect(acquireOwnerLock(path, one, table(one))).toEqual({ kind: 'taken', by: undefined });
    expect(readFileSync(path, 'utf8')).toBe('');
  });
});

const here: ProcessRealm = { boot: 'b1', pidNamespace: 'pid:[1]', machine: 'm1' };

describe('a lock whose folder was copied', () => {
  const holder: LockHolder = { ...one, realm: here };
  const mine: LockHolder = { ...two, realm: here };
  const copy = () => join(folder, 'copy', 'host.lock');
  beforeEach(() => {
    acquireOwnerLock(path, holder, table(one, two));
  });

  it('the holder of the original does not hold the copy', () => {
    cpSync(join(folder, 'state'), join(folder, 'copy'), { recursive: true });
    expect(lockHolder(copy(), table(one, two), here)).toMatchObject({ presence: 'dead' });
    expect(acquireOwnerLock(copy(), mine, table(one, two)).kind).toBe('held');
    expect(lockHolder(path, table(one, two), here)).toMatchObject({ presence: 'alive', holder: { pid: one.pid } });
  });

  it('a folder that was moved, or that a link leads to, keeps its holder', () => {
    symlinkSync(join(folder, 'state'), join(folder, 'link'));
    expect(lockHolder(join(folder, 'link', 'host.lock'), table(one), here)).toMatchObject({ presence: 'alive' });
    renameSync(join(folder, 'state'), join(folder, 'copy'));
    expect(lockHolder(copy(), table(one), here)).toMatchObject({ presence: 'alive' });
    expect(acquireOwnerLock(copy(), mine, table(one, two)).kind).toBe('taken');
  });

  it('a copy whose original is gone keeps its holder, which may have moved', () => {
    cpSync(join(folder, 'state'), join(folder, 'copy'), { recursive: true });
    rmSync(join(folder, 'state'), { recursive: true });
    expect(lockHolder(copy(), table(one), here)).toMatchObject({ presence: 'alive' });
  });
});

describe('E6: the lock of a holder in another container or machine', () => {
  const holderIn = (realm: ProcessRealm): LockHolder => ({ ...one, realm });
  const mine: LockHolder = { ...two, realm: here };

  it.each([
    ['another container of this machine', { ...here, pidNamespace: 'pid:[2]' }],
    ['another machine', { ...here, boot: 'b2', machine: 'm2' }],
  ])('the lock of a process of %s is never taken, whether its pid lives here or not', (_where, realm) => {
    const holder = holderIn(realm);
    acquireOwnerLock(path, holder, table(one));
    expect(acquireOwnerLock(path, mine, table(two))).toMatchObject({ kind: 'elsewhere', by: holder });
    expect(acquireOwnerLock(path, mine, table(one, two))).toMatchObject({ kind: 'elsewhere', by: holder });
    expect(lockHolder(path, table(), here)).toMatchObject({ holder, presence: 'elsewhere' });
  });

  it('the lock of an earlier boot of this machine is taken over, also where its pid is in use again', () => {
    acquireOwnerLock(path, holderIn({ ...here, boot: 'b0' }), table(one));
    expect(acquireOwnerLock(path, mine, table(one, two)).kind).toBe('held');
  });

  it('the lock of a holder elsewhere that was found dead is taken over', () => {
    acquireOwnerLock(path, holderIn({ ...here, pidNamespace: 'pid:[2]' }), table(one));
    expect(acquireOwnerLock(path, mine, table(two), { presumedDead: 'another nonce' }).kind).toBe('elsewhere');
    expect(acquireOwnerLock(path, mine, table(two), { presumedDead: one.nonce }).kind).toBe('held');
  });

  it('a lock that names no container is judged by pid and start mark', () => {
    acquireOwnerLock(path, one, table(one));
    expect(acquireOwnerLock(path, mine, table(one, two)).kind).toBe('taken');
    expect(acquireOwnerLock(path, mine, table(two)).kind).toBe('held');
  });

  it('the current realm is that of this process', () => {
    expect(currentRealm()).toEqual(currentRealm());
    if (process.platform === 'linux') expect(currentRealm().pidNamespace).toMatch(/^pid:\[\d+\]$/);
  });
});
