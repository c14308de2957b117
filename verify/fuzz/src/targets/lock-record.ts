import { mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { acquireOwnerLock, lockHolder, type ProcessTable } from '@deskclaw/core/internal';
import type { SeededRandom } from '@deskclaw/core/testing';
import { isObject, parseJson } from '@deskclaw/protocol';
import { anyJson, object, oneOf } from '../grammar.ts';
import { must, type Target } from '../target.ts';

const here = { boot: 'boot-1', pidNamespace: 'ns-1', machine: 'machine-1' };
const mine = { pid: 77, startMark: 'mark-77', nonce: 'mine', realm: here, endpoints: ['/run/mine.sock'] };
const living = { pid: 42, startMark: 'mark-42', parentPid: 1, groupId: 42, name: 'other host' };

const table: ProcessTable = {
  find: (pid) => (pid === living.pid ? living : undefined),
  commandLine: () => undefined,
  checkMarker: () => 'untold',
  tree: () => [],
  signal: () => false,
  killGroup: () => false,
  isOlder: () => undefined,
  outOfMemoryKills: () => undefined,
};

function anyLock(random: SeededRandom): string {
  const realm = object(random, {
    boot: oneOf(random, '"boot-1"', '"boot-0"'),
    pidNamespace: oneOf(random, '"ns-1"', '"ns-2"'),
    machine: oneOf(random, '"machine-1"', '"machine-2"'),
  });
  return object(random, {
    pid: oneOf(random, '42', '42', '43', '-42', '0'),
    startMark: oneOf(random, '"mark-42"', '"mark-42"', '""'),
    nonce: oneOf(random, '"theirs"', '"mine"', '""'),
    ...(random.chance(0.5) ? { realm } : {}),
    endpoints: random.chance(0.5) ? '["/run/a.sock"]' : anyJson(random),
  });
}

/** Whether the text names a process that lives here, by the plain words of the file. */
function namesLiving(text: string): boolean {
  const value = parseJson(text);
  if (!isObject(value) || typeof value['nonce'] !== 'string') return false;
  return value['pid'] === living.pid && value['startMark'] === living.startMark && value['realm'] === undefined;
}

/**
 * A lock file with any content throws nothing: a living holder keeps it, anybody else is replaced, and the folder is as clean as before.
 * @param folder for the lock file
 */
export function lockRecord(folder: string): Target {
  const path = join(folder, 'lock', 'owner.lock');
  return {
    name: 'lock-record',
    samples: [
      [JSON.stringify(living)],
      [JSON.stringify({ pid: 42, startMark: 'mark-42', nonce: 'theirs' })],
      [JSON.stringify({ pid: 43, startMark: 'mark-43', nonce: 'theirs', realm: here, endpoints: ['/run/a.sock'] })],
      [
        JSON.stringify({
          pid: 42,
          startMark: 'mark-42',
          nonce: 'theirs',
          realm: { ...here, machine: 'machine-2', boot: 'b' },
        }),
      ],
      [''],
    ],
    generate: (random) => [anyLock(random)],
    check: ([text = '']) => {
      mkdirSync(join(folder, 'lock'), { recursive: true });
      writeFileSync(path, Buffer.from(text, 'latin1'));
      // An empty file that is new is about to be written by its holder.
      utimesSync(path, 1_000, 1_000);
      const before = lockHolder(path, table, here);
      const result = acquireOwnerLock(path, mine, table);
      if (namesLiving(Buffer.from(text, 'latin1').toString()))
        must(result.kind === 'taken', 'a living holder lost its lock', () => result);
      if (before?.presence === 'elsewhere')
        must(result.kind === 'elsewhere', 'a holder elsewhere lost its lock', () => result);
      if (result.kind === 'held') {
        must(before === undefined || before.presence === 'dead', 'a holder that lives lost its lock', () => before);
        must(lockHolder(path, table, here)?.holder.nonce === mine.nonce, 'the lock does not name its new holder');
        result.release();
      }
      const left = readdirSync(join(folder, 'lock')).filter((name) => name !== 'owner.lock');
      must(left.length === 0, 'drafts are left beside the lock', () => left);
      must(
        (lockHolder(path, table, here) === undefined) === (result.kind === 'held'),
        'the lock of another was removed',
      );
      rmSync(path, { force: true });
      return result.kind;
    },
  };
}
