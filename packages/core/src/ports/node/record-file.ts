import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RecordStore } from '../record-store.ts';

/** What `stat` counts blocks in, whatever the disk's own are. */
const STAT_BLOCK_BYTES = 512;
/** One page: written over in one step, so that whoever reads sees the old or the new, and a SIGKILL leaves one of the two. */
const PAGE_BYTES = 4_096;

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.some((code) => code === error.code);
}

export interface RecordFileOptions {
  /**
   * What is cleared leaves its room on the disk to the next record, which can then be kept though the disk is full. Holds
   * where a file is written over in place (ext4, XFS, tmpfs, NTFS), not where every write takes new room (APFS, Btrfs, ZFS).
   */
  readonly keepsRoom?: boolean;
}

/** Writes over a file within the room it has; `false` where it has too little, or is not there. */
async function overwrite(path: string, text: string): Promise<boolean> {
  const file = await open(path, 'r+').catch((error: unknown) => {
    if (hasCode(error, 'ENOENT')) return undefined;
    throw error;
  });
  if (file === undefined) return false;
  try {
    const { size, blocks } = await file.stat();
    // White space means nothing at the end of a record; to cut it off would be a second step.
    const bytes = Buffer.from(text.padEnd(text.length + size - Buffer.byteLength(text)));
    if (bytes.length > Math.min(blocks * STAT_BLOCK_BYTES, PAGE_BYTES)) return false;
    return (await file.write(bytes, 0, bytes.length, 0)).bytesWritten === bytes.length;
  } finally {
    await file.close();
  }
}

/** A file that is always whole: written beside its place and moved there. Readable by its owner alone. */
export function recordFile(path: string, { keepsRoom = false }: RecordFileOptions = {}): RecordStore {
  const draft = `${path}.${String(process.pid)}.new`;
  const spare = `${path}.spare`;
  return {
    async load() {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if (hasCode(error, 'ENOENT')) return undefined;
        throw error;
      }
    },
    async save(text) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      try {
        await writeFile(draft, text, { mode: 0o600 });
        await rename(draft, path);
      } catch (error) {
        if (!keepsRoom || !hasCode(error, 'ENOSPC', 'EDQUOT')) throw error;
        await rm(draft, { force: true });
        if (await overwrite(spare, text)) await rename(spare, path);
        else if (!(await overwrite(path, text))) throw error;
      }
    },
    async clear() {
      if (!keepsRoom) return rm(path, { force: true });
      return rename(path, spare).catch((error: unknown) => {
        if (!hasCode(error, 'ENOENT')) throw error;
      });
    },
  };
}
