/** Owner and rights of a path, by the numbers of a Unix. */
export interface PathOwner {
  readonly user: number;
  readonly group: number;
  /** The rights, as `chmod` takes them. */
  readonly mode: number;
  readonly kind: 'folder' | 'file' | 'socket' | 'link' | 'other';
}

const ROOT = 0;

/**
 * Whether nobody but this user and root can have written what is there. A group counts as the user's own if it has the user's number, as
 * systems number the private group of each user.
 */
export function isWrittenBy(user: number, owner: PathOwner): boolean {
  const isPrivateGroup = owner.group === owner.user;
  const writableByOthers = owner.mode & (isPrivateGroup ? 0o002 : 0o022);
  return (owner.user === user || owner.user === ROOT) && writableByOthers === 0;
}

/** Reading the disk. */
export interface Files {
  /** The whole text, or at most its first `limit` bytes; `undefined`: there is no such file. Rejects where it may not be read. */
  read(path: string, limit?: number): Promise<string | undefined>;
  /** Whether a file holds this ASCII text anywhere; `false` where there is no such file, or it may not be read. */
  contains(path: string, text: string): Promise<boolean>;
  /** The path with every link followed; `undefined`: it leads nowhere, or nowhere we may go. */
  realpath(path: string): Promise<string | undefined>;
  /** Names in a folder; empty where there is none that we may look into. */
  list(folder: string): Promise<readonly string[]>;
  /** Owner of a path, links not followed; `undefined`: there is nothing, or it may not be known. */
  owner(path: string): Promise<PathOwner | undefined>;
}

/** Reads a file for a search; a file that cannot be read counts as absent. */
export async function readIfPossible(files: Files, path: string, limit?: number): Promise<string | undefined> {
  try {
    return await files.read(path, limit);
  } catch {
    return undefined;
  }
}

/** Changing the disk. Every call rejects with what the system says. */
export interface Folders {
  /** Creates a folder with its parents, mode 0700; an existing one keeps its mode. */
  make(path: string): Promise<void>;
  /** Writes a text atomically, mode 0600; resolves once it is synced to disk. */
  write(path: string, text: string): Promise<void>;
  /** Moves atomically; synced to disk when resolved. Both paths must be on one file system, and `to` must not exist. */
  move(from: string, to: string): Promise<void>;
  /** Removes a folder with its contents; succeeds if there is none. */
  remove(path: string): Promise<void>;
  /** Bytes an ordinary user may still write there, asked of the nearest existing parent. */
  freeBytes(path: string): Promise<number>;
  /** Bytes that a folder holds, links not followed; 0 if there is none. */
  usedBytes(path: string): Promise<number>;
  exists(path: string): Promise<boolean>;
  /**
   * A folder, or a file (the whole of it or none), with its rights; links stay links, sockets and pipes are left out, and nothing there makes nothing.
   * A database that is written to meanwhile (a file with a `-wal` beside it) is copied again until both held still.
   * @param leaveOut asked with paths relative to `from`; a folder is left out with all that is in it.
   */
  copy(from: string, to: string, leaveOut: (relative: string) => boolean): Promise<void>;
}

export type PathKind = 'program' | 'file' | 'folder' | 'closed-folder' | 'missing';

/** Tells which paths are programs. */
export interface Programs {
  /** `program`: a file we may execute. `file`: one we may not. `closed-folder`: one that we may not enter. */
  kindOf(path: string): Promise<PathKind>;
  /** Whether its header names another kind of processor than that of this program. It may run all the same: i386 on x86-64, by an emulator. */
  isForeign(path: string): Promise<boolean>;
  /** The program that the first line of a script names (`#!`), as it stands there; `undefined`: it is no such script. */
  interpreterOf(path: string): Promise<string | undefined>;
}

/** Stores one small text atomically. */
export interface RecordStore {
  /** Resolves with `undefined` if nothing is stored. */
  load(): Promise<string | undefined>;
  save(text: string): Promise<void>;
  clear(): Promise<void>;
  /** Identifies where the text is stored, so that a copy elsewhere can be told from it. Absent: it cannot be copied. */
  readonly place?: string;
}

/** The code of a failed call to the system, `ENOENT` for instance; `undefined`: the error has none. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
