import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeClock, nodeProcessTable, nodeRandom } from '@deskclaw/core';
import { acquireOwnerLock, currentRealm, ownIdentity } from '@deskclaw/core/internal';
import { expect, it, onTestFinished } from 'vitest';
import { acquireLock } from '../../src/install/install-lock.ts';

const realm = currentRealm();
const ports = { clock: nodeClock, random: nodeRandom, processes: nodeProcessTable, self: ownIdentity(), realm };
const waits = () => {
  throw new Error('waited');
};

function lockPath(): string {
  const folder = mkdtempSync(join(tmpdir(), 'deskclaw-install-lock-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, 'install.lock');
}

it.each([
  ['another container', { ...realm, pidNamespace: 'pid:[1]' }],
  ['another machine (m2)', { boot: 'b2', pidNamespace: realm.pidNamespace, machine: 'm2' }],
])(
  'E6: an installation is refused while one of %s may hold the lock, also where its pid is free here',
  async (where, there) => {
    const path = lockPath();
    const dead = { pid: 2 ** 22 + 1, startMark: 'none', nonce: 'theirs', realm: there };
    acquireOwnerLock(path, dead, nodeProcessTable);
    await expect(acquireLock(path, ports, undefined, waits)).rejects.toMatchObject({
      code: 'state.locked',
      problem: {
        detail: `The installation of OpenClaw is owned by process ${String(dead.pid)} of ${where}, which may be alive.`,
        actions: [{ command: `rm ${path}` }],
      },
    });
    // The step that the problem names helps.
    rmSync(path);
    (await acquireLock(path, ports, undefined, waits))();
    expect(existsSync(path)).toBe(false);
  },
);

it('an installation takes over the lock of a dead process of this machine', async () => {
  const path = lockPath();
  acquireOwnerLock(path, { pid: 2 ** 22 + 1, startMark: 'none', nonce: 'theirs', realm }, nodeProcessTable);
  (await acquireLock(path, ports, undefined, waits))();
});
