import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isObject, parseJson } from '@deskclaw/protocol';
import type { ProcessIdentity, ProcessTable } from '../ports/spawner.ts';

export interface LockHolder extends ProcessIdentity {
  readonly nonce: string;
}

export type LockResult =
  | { readonly kind: 'held'; readonly release: () => void }
  | { readonly kind: 'taken'; readonly by: LockHolder | undefined };

function readHolder(path: string): LockHolder | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
  const value = parseJson(text);
  if (!isObject(value)) return undefined;
  const { pid, startMark, nonce } = value;
  if (typeof pid !== 'number' || typeof startMark !== 'string' || typeof nonce !== 'string') return undefined;
  return { pid, startMark, nonce };
}

function isAlive(holder: LockHolder, table: ProcessTable): boolean {
  return table.find(holder.pid)?.startMark === holder.startMark;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

/** Linking a finished file into place is the one step: nobody ever reads a half-written lock. */
function linkNew(path: string, mine: LockHolder): boolean {
  const draft = `${path}.${mine.nonce}`;
  writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Moves a dead holder's lock away; gives back a lock that turns out to be somebody's fresh one. */
function clearStale(path: string, stale: LockHolder | undefined, nonce: string): void {
  const aside = `${path}.stale-${nonce}`;
  try {
    renameSync(path, aside);
  } catch (error) {
    if (isCode(error, 'ENOENT')) return;
    throw error;
  }
  const moved = readHolder(aside);
  if (moved !== undefined && moved.nonce !== stale?.nonce) {
    try {
      linkSync(aside, path);
    } catch (error) {
      if (!isCode(error, 'EEXIST')) throw error;
    }
  }
  rmSync(aside, { force: true });
}

/**
 * Makes the caller the one owner of `path`, unless a living process is: a lock names its holder by pid and start mark,
 * so that a crash or a reused pid never locks anybody out.
 */
export function acquireOwnerLock(path: string, mine: LockHolder, table: ProcessTable): LockResult {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Two rounds suffice: one to clear a stale lock, one to find who else was quicker.
  for (let round = 0; round < 3; round += 1) {
    if (linkNew(path, mine)) {
      return {
        kind: 'held',
        release: () => {
          if (readHolder(path)?.nonce === mine.nonce) rmSync(path, { force: true });
        },
      };
    }
    const holder = readHolder(path);
    if (holder !== undefined && isAlive(holder, table)) return { kind: 'taken', by: holder };
    clearStale(path, holder, mine.nonce);
  }
  return { kind: 'taken', by: readHolder(path) };
}
