import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isObject, parseJson } from '@deskclaw/protocol';
import { errorCode } from '../ports/files.ts';
import type { ProcessIdentity, ProcessTable } from '../ports/spawner.ts';

export interface LockHolder extends ProcessIdentity {
  readonly nonce: string;
}

export type LockResult =
  | { readonly kind: 'held'; readonly release: () => void }
  | { readonly kind: 'taken'; readonly by: LockHolder | undefined };

type LockRead = { readonly kind: 'missing' } | { readonly kind: 'read'; readonly holder: LockHolder | undefined };

/**
 * A file that names nobody counts as a lock without a holder: a power cut must not lock anybody out.
 * @throws where it cannot be read: its holder may live.
 */
function read(path: string): LockRead {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return { kind: 'missing' };
    throw error;
  }
  const value = parseJson(text);
  if (!isObject(value)) return { kind: 'read', holder: undefined };
  const { pid, startMark, nonce } = value;
  const named = typeof pid === 'number' && typeof startMark === 'string' && typeof nonce === 'string';
  return { kind: 'read', holder: named ? { pid, startMark, nonce } : undefined };
}

function isAlive(holder: LockHolder | undefined, table: ProcessTable): holder is LockHolder {
  return holder !== undefined && table.find(holder.pid)?.startMark === holder.startMark;
}

/** The living process that holds the lock; `undefined` where nobody does or the file cannot be read. */
export function lockHolder(path: string, table: ProcessTable): LockHolder | undefined {
  try {
    const now = read(path);
    return now.kind === 'read' && isAlive(now.holder, table) ? now.holder : undefined;
  } catch {
    return undefined;
  }
}

/** Puts a finished file into place in one step, so that nobody ever reads a half-written lock. */
function writeThen(path: string, mine: LockHolder, step: (draft: string, path: string) => void): void {
  const draft = `${path}.${mine.nonce}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    step(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

function createLock(path: string, mine: LockHolder): boolean {
  try {
    writeThen(path, mine, linkSync);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Replaces the lock of a dead holder. Only the holder of the second lock, `PATH.next`, may do so: it prevents that another
 * process replaces the lock between the check and the replacement. The second lock has the same form, so that
 * a process that dies while it holds it blocks no other either.
 */
function replaceDeadHolder(path: string, mine: LockHolder, table: ProcessTable): LockResult | undefined {
  const next = acquireOwnerLock(`${path}.next`, mine, table);
  if (next.kind === 'taken') return next;
  try {
    const now = read(path);
    if (now.kind === 'missing' || isAlive(now.holder, table)) return undefined;
    writeThen(path, mine, renameSync);
    return held(path, mine);
  } finally {
    next.release();
  }
}

function held(path: string, mine: LockHolder): LockResult {
  return {
    kind: 'held',
    release: () => {
      if (isHeldBy(path, mine)) rmSync(path, { force: true });
    },
  };
}

/** Returns `false` for a lock that cannot be read: it stays until its holder is dead. */
function isHeldBy(path: string, { nonce }: LockHolder): boolean {
  try {
    const now = read(path);
    return now.kind === 'read' && now.holder?.nonce === nonce;
  } catch {
    return false;
  }
}

/** Another round is needed only if the holder released the lock meanwhile; if that never ends, the file is no lock. */
const MAX_ROUNDS = 10;

/**
 * Makes the caller the one owner of `path`, unless a living process is: a lock names its holder by pid and start mark,
 * so that a crash or a reused pid never locks anybody out. Of any number that race for it, exactly one gets it.
 * @throws what the system says where the file cannot be read or written
 */
export function acquireOwnerLock(path: string, mine: LockHolder, table: ProcessTable): LockResult {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (createLock(path, mine)) return held(path, mine);
    const now = read(path);
    if (now.kind === 'missing') continue;
    if (isAlive(now.holder, table)) return { kind: 'taken', by: now.holder };
    const taken = replaceDeadHolder(path, mine, table);
    if (taken !== undefined) return taken;
  }
  return { kind: 'taken', by: undefined };
}
