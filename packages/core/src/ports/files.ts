/** Reading the disk. */
export interface Files {
  /** The whole text, or at most its first `limit` bytes; `undefined`: there is no such file. Rejects where it may not be read. */
  read(path: string, limit?: number): Promise<string | undefined>;
  /** The path with every link followed; `undefined`: it leads nowhere, or nowhere we may go. */
  realpath(path: string): Promise<string | undefined>;
  /** Names in a folder; empty where there is none that we may look into. */
  list(folder: string): Promise<readonly string[]>;
}

/** For searching: a file that cannot be read is as good as none. */
export async function readIfPossible(files: Files, path: string, limit?: number): Promise<string | undefined> {
  try {
    return await files.read(path, limit);
  } catch {
    return undefined;
  }
}
