import { linkSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isObject, parseJson } from '@deskclaw/protocol';
import { errorCode } from '../ports/files.ts';
import { makeFolder } from '../ports/node/make-folder.ts';
import type { ProcessIdentity, ProcessRealm, ProcessTable } from '../ports/spawner.ts';

/** The folder of a lock, as its holder sees it. */
interface LockFolder {
  readonly path: string;
  readonly inode: number;
}

export interface LockHolder extends ProcessIdentity {
  readonly nonce: string;
  /** Missing in locks of DeskClaw 0.1. */
  readonly realm?: ProcessRealm;
  /** Written by `acquireOwnerLock` for a holder with a realm; missing in locks of early 0.2. */
  readonly folder?: LockFolder;
  /** Paths of the sockets on which the holder answers. */
  readonly endpoints?: readonly string[];
}

/** `elsewhere`: the holder is a process of another container or machine, whose pids say nothing here, so it may be alive. */
export type LockResult =
  | { readonly kind: 'held'; readonly release: () => void }
  | { readonly kind: 'taken'; readonly by: LockHolder | undefined }
  | { readonly kind: 'elsewhere'; readonly by: LockHolder };

export interface LockOptions {
  /** Nonce of a holder elsewhere that was found dead in another way. */
  readonly presumedDead?: string;
  /** How a file gets a second name. Default: `linkSync`. */
  readonly link?: typeof linkSync;
}

type LockRead = { readonly kind: 'missing' } | { readonly kind: 'read'; readonly holder: LockHolder | undefined };

function readRealm(value: unknown): ProcessRealm | undefined {
  if (!isObject(value)) return undefined;
  const { boot, pidNamespace, machine } = value;
  const named = typeof boot === 'string' && typeof pidNamespace === 'string' && typeof machine === 'string';
  return named ? { boot, pidNamespace, machine } : undefined;
}

function readEndpoints(value: unknown): readonly string[] | undefined {
  return Array.isArray(value) && value.every((each) => typeof each === 'string') ? value : undefined;
}

function readFolder(value: unknown): LockFolder | undefined {
  if (!isObject(value)) return undefined;
  const { path, inode } = value;
  return typeof path === 'string' && typeof inode === 'number' ? { path, inode } : undefined;
}

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
  if (typeof pid !== 'number' || typeof startMark !== 'string' || typeof nonce !== 'string')
    return { kind: 'read', holder: undefined };
  const [realm, folder] = [readRealm(value['realm']), readFolder(value['folder'])];
  const endpoints = readEndpoints(value['endpoints']);
  return {
    kind: 'read',
    holder: {
      pid,
      startMark,
      nonce,
      ...(realm && { realm }),
      ...(folder && { folder }),
      ...(endpoints && { endpoints }),
    },
  };
}

/** What is known of a holder: pids and start marks count only in the realm where they were written down. */
export type Presence = 'alive' | 'dead' | 'elsewhere';

/**
 * Whether the file was copied here with the folder of a living holder: that process holds the lock of its own folder, and
 * a signal to it for this one would end a foreign host. A folder that was moved or that another mount shows under
 * another path is no copy.
 */
function isCopy({ folder }: LockHolder, path: string): boolean {
  if (folder === undefined) return false;
  try {
    const ours = statSync(dirname(path));
    if (ours.ino === folder.inode) return false;
    const theirs = statSync(folder.path);
    return ours.ino !== theirs.ino || ours.dev !== theirs.dev;
  } catch {
    return false;
  }
}

function presenceOf(holder: LockHolder, path: string, here: ProcessRealm | undefined, table: ProcessTable): Presence {
  const there = holder.realm;
  if (here !== undefined && there !== undefined) {
    if (there.boot === here.boot ? there.pidNamespace !== here.pidNamespace : there.machine !== here.machine)
      return 'elsewhere';
    // A boot of this machine that has ended: so has every process of it.
    if (there.boot !== here.boot) return 'dead';
    if (isCopy(holder, path)) return 'dead';
  }
  return table.find(holder.pid)?.startMark === holder.startMark ? 'alive' : 'dead';
}

/** The process that holds the lock, and whether it lives; `undefined` where nobody does or the file cannot be read. */
export function lockHolder(
  path: string,
  table: ProcessTable,
  here?: ProcessRealm,
): { readonly holder: LockHolder; readonly presence: Presence } | undefined {
  try {
    const now = read(path);
    if (now.kind === 'missing' || now.holder === undefined) return undefined;
    return { holder: now.holder, presence: presenceOf(now.holder, path, here, table) };
  } catch {
    return undefined;
  }
}

/** What file systems answer that have no hard links: exFAT, SMB, NFS, virtiofs, FUSE. */
const withoutHardLinks: ReadonlySet<string | undefined> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
]);

/** Puts a finished file into place in one step, so that nobody ever reads a half-written lock. */
function writeThen(path: string, mine: LockHolder, step: (draft: string, path: string) => void): void {
  const draft = `${path}.${mine.nonce}`;
  try {
    // On a full disk the file is made, and only its text finds no room.
    writeFileSync(draft, JSON.stringify(mine), { mode: 0o600 });
    step(draft, path);
  } finally {
    rmSync(draft, { force: true });
  }
}

function createLock(path: string, mine: LockHolder, link: typeof linkSync): boolean {
  try {
    writeThen(path, mine, link);
    return true;
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    if (withoutHardLinks.has(errorCode(error))) return createInPlace(path, mine);
    throw error;
  }
}

/**
 * Creates the lock where there are no hard links: the file is empty for a moment. A reader waits `HALF_WRITTEN_MS` before
 * an empty lock counts as one without a holder, and the writer looks whether it was replaced all the same.
 */
function createInPlace(path: string, mine: LockHolder): boolean {
  try {
    writeFileSync(path, JSON.stringify(mine), { mode: 0o600, flag: 'wx' });
  } catch (error) {
    if (errorCode(error) === 'EEXIST') return false;
    throw error;
  }
  return isHeldBy(path, mine);
}

const HALF_WRITTEN_MS = 2_000;

/** Whether another process has just created the file and is about to write it. */
function isBeingWritten(path: string, { nonce }: LockHolder): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.size !== 0) return false;
  // Both times come from the clock of the file system: wall clocks of machines that share it differ.
  const probe = `${path}.${nonce}.now`;
  try {
    writeFileSync(probe, '', { mode: 0o600 });
    return statSync(probe).mtimeMs - found.mtimeMs < HALF_WRITTEN_MS;
  } finally {
    rmSync(probe, { force: true });
  }
}

/**
 * Replaces the lock of a dead holder. Only the holder of the second lock, `PATH.next`, may do so: it prevents that another
 * process replaces the lock between the check and the replacement. The second lock has the same form, so that
 * a process that dies while it holds it blocks no other either.
 */
function replaceDeadHolder(
  path: string,
  mine: LockHolder,
  table: ProcessTable,
  options: LockOptions,
): LockResult | undefined {
  const next = acquireOwnerLock(`${path}.next`, mine, table, options);
  if (next.kind !== 'held') return next;
  try {
    const now = read(path);
    if (now.kind === 'missing' || blockedBy(now.holder, path, mine, table, options.presumedDead) !== undefined)
      return undefined;
    writeThen(path, mine, renameSync);
    return held(path, mine);
  } finally {
    next.release();
  }
}

/** The result for a holder that is, or may be, alive; `undefined`: its lock may be replaced. */
function blockedBy(
  holder: LockHolder | undefined,
  path: string,
  mine: LockHolder,
  table: ProcessTable,
  presumedDead: string | undefined,
): LockResult | undefined {
  if (holder === undefined || holder.nonce === presumedDead) return undefined;
  switch (presenceOf(holder, path, mine.realm, table)) {
    case 'alive':
      return { kind: 'taken', by: holder };
    case 'elsewhere':
      return { kind: 'elsewhere', by: holder };
    case 'dead':
      return undefined;
  }
}

function held(path: string, mine: LockHolder): LockResult & { readonly kind: 'held' } {
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
export function acquireOwnerLock(
  path: string,
  who: LockHolder,
  table: ProcessTable,
  options: LockOptions = {},
): LockResult {
  const folder = dirname(path);
  makeFolder(folder);
  const mine: LockHolder =
    who.realm === undefined ? who : { ...who, folder: { path: folder, inode: statSync(folder).ino } };
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    if (createLock(path, mine, options.link ?? linkSync)) return held(path, mine);
    const now = read(path);
    if (now.kind === 'missing') continue;
    if (now.holder === undefined && isBeingWritten(path, mine)) continue;
    const blocked = blockedBy(now.holder, path, mine, table, options.presumedDead);
    if (blocked !== undefined) return blocked;
    const taken = replaceDeadHolder(path, mine, table, options);
    if (taken !== undefined) return taken;
  }
  return { kind: 'taken', by: undefined };
}
