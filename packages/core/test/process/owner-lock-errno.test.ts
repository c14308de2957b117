import type * as FileSystem from 'node:fs';
import { existsSync, mkdtempSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ProcessTable } from '../../src/ports/spawner.ts';
import { acquireOwnerLock, type LockResult } from '../../src/process/owner-lock.ts';

const calls = ['mkdirSync', 'writeFileSync', 'linkSync', 'readFileSync', 'renameSync'] as const;
type Call = (typeof calls)[number];
const errnos = ['EMFILE', 'ENFILE', 'ENOSPC', 'EACCES', 'EPERM', 'EROFS', 'ENOTSUP', 'ENOENT', 'EAGAIN'] as const;

interface Fault {
  readonly call: Call;
  readonly code: string;
  /** Calls that succeed before. */
  left: number;
}

const { state } = vi.hoisted(() => ({ state: { fault: undefined as Fault | undefined } }));

vi.mock('node:fs', async (importOriginal) => {
  const real = await importOriginal<typeof FileSystem>();
  const failing =
    <A extends unknown[], R>(call: Call, act: (...args: A) => R, fails?: (...args: A) => void) =>
    (...args: A): R => {
      const { fault } = state;
      if (fault?.call !== call) return act(...args);
      fault.left -= 1;
      if (fault.left >= 0) return act(...args);
      state.fault = undefined;
      fails?.(...args);
      throw Object.assign(new Error(`${fault.code}: injected, ${call}`), { code: fault.code });
    };
  return {
    ...real,
    mkdirSync: failing('mkdirSync', real.mkdirSync),
    linkSync: failing('linkSync', real.linkSync),
    readFileSync: failing('readFileSync', real.readFileSync),
    renameSync: failing('renameSync', real.renameSync),
    // A full disk still makes the file: only its bytes find no room.
    writeFileSync: failing('writeFileSync', real.writeFileSync, (...[path]) => {
      if (state.fault === undefined) real.closeSync(real.openSync(String(path), 'w'));
    }),
  };
});

const living = { pid: 42, startMark: 'mark-42' };
const table: ProcessTable = {
  find: (pid) => (pid === living.pid ? { ...living, parentPid: 1, groupId: 42, name: 'host' } : undefined),
  commandLine: () => undefined,
  checkMarker: () => 'untold',
  tree: () => [],
  signal: () => false,
  killGroup: () => false,
  isOlder: () => undefined,
  outOfMemoryKills: () => undefined,
};
const mine = { pid: 77, startMark: 'mark-77', nonce: 'mine' };

let folder = '';
let path = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deskclaw-lock-errno-'));
  path = join(folder, 'owner.lock');
});
afterEach(() => {
  state.fault = undefined;
  rmSync(folder, { recursive: true, force: true });
});

/** Acquires the lock with one call that fails. */
function attempt(fault: Fault): LockResult | { readonly kind: 'threw'; readonly code: unknown } {
  state.fault = fault;
  try {
    return acquireOwnerLock(path, mine, table);
  } catch (error) {
    return { kind: 'threw', code: error instanceof Error && 'code' in error ? error.code : String(error) };
  } finally {
    state.fault = undefined;
  }
}

const holders = {
  'that is free': undefined,
  'of a dead holder': { pid: 43, startMark: 'mark-43', nonce: 'dead' },
  'of a living holder': { ...living, nonce: 'theirs' },
} as const;

describe.each(Object.entries(holders))('a lock %s', (_what, holder) => {
  test.each(calls.flatMap((call) => errnos.map((code) => [code, call] as const)))(
    '%s in %s is told or survived, leaves nothing behind and costs no holder its lock',
    (code, call) => {
      for (let left = 0; left < 3; left += 1) {
        rmSync(path, { force: true });
        if (holder !== undefined) acquireOwnerLock(path, holder, table);
        const result = attempt({ call, code, left });
        if (result.kind === 'threw') expect(result.code).toBe(code);
        if (holder !== undefined && holder.pid === living.pid) expect(result.kind).not.toBe('held');
        expect(readdirSync(folder).filter((name) => name !== 'owner.lock' && name !== 'owner.lock.next')).toEqual([]);
        // A lock without a holder counts as being written for two seconds.
        for (const name of readdirSync(folder)) utimesSync(join(folder, name), 1_000, 1_000);
        const again = acquireOwnerLock(path, mine, table);
        const expected = holder?.pid === living.pid ? 'taken' : result.kind === 'held' ? 'taken' : 'held';
        if (result.kind !== 'held') expect(again.kind).toBe(expected);
        if (again.kind === 'held') again.release();
        if (result.kind === 'held') result.release();
        expect(existsSync(path)).toBe(holder?.pid === living.pid);
      }
    },
  );
});
