/** Changing the disk. Every call rejects with what the system says. */
export interface Folders {
  /** With its parents, for its owner alone; one that is there already is left as it is. */
  make(path: string): Promise<void>;
  /** The whole text or none of it, on the disk when it resolves; for its owner alone. */
  write(path: string, text: string): Promise<void>;
  /** Atomic, and on the disk when it resolves; both must be on one file system, and nothing at `to`. */
  move(from: string, to: string): Promise<void>;
  /** With everything in it; nothing there is as good. */
  remove(path: string): Promise<void>;
  /** What an ordinary user may still write there; asked of the nearest folder above that exists. */
  freeBytes(path: string): Promise<number>;
  /** What a folder holds, links not followed; 0 where there is none. */
  usedBytes(path: string): Promise<number>;
  exists(path: string): Promise<boolean>;
  /**
   * A folder, or a file (the whole of it or none), with its rights; links stay links, sockets and pipes are left out, and nothing there makes nothing.
   * A database that is written to meanwhile (a file with a `-wal` beside it) is copied again until both held still.
   * @param leaveOut asked with paths relative to `from`; a folder is left out with all that is in it.
   */
  copy(from: string, to: string, leaveOut: (relative: string) => boolean): Promise<void>;
}
