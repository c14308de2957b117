/** Changing the disk. Every call rejects with what the system says. */
export interface Folders {
  /** With its parents, for its owner alone; one that is there already is left as it is. */
  make(path: string): Promise<void>;
  /** The whole text or none of it, for its owner alone. */
  write(path: string, text: string): Promise<void>;
  /** Atomic; both must be on one file system, and nothing at `to`. */
  move(from: string, to: string): Promise<void>;
  /** With everything in it; nothing there is as good. */
  remove(path: string): Promise<void>;
  /** What an ordinary user may still write there; asked of the nearest folder above that exists. */
  freeBytes(path: string): Promise<number>;
  /** What a folder holds, links not followed; 0 where there is none. */
  usedBytes(path: string): Promise<number>;
}
