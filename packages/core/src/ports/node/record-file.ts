import { createHash } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { mkdir, open, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { errorCode, isWrittenBy, type RecordStore } from '../files.ts';
import { syncFolder, writeAtomic } from './atomic-write.ts';
import { ownerOf, ownUser } from './path-owner.ts';

/** Unit of `blocks` in `stat`, independent of the block size of the disk. */
const STAT_BLOCK_BYTES = 512;
const outOfSpaceCodes: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);
/** A page is overwritten in one step: a reader, even after a SIGKILL, sees either the old or the new text. */
const PAGE_BYTES = 4_096;

export interface RecordFileOptions {
  /**
   * For what means nothing after a power cut, and must be kept with a full disk: what is cleared leaves its room on the disk to
   * the next record, which can then be kept though the disk is full. Holds where a file is written over in place (ext4, XFS,
   * tmpfs, NTFS), not where every write takes new room (APFS, Btrfs, ZFS).
   */
  readonly reservesSpace?: boolean;
}

/** Writes over a file within the room it has; `false` where it has too little, or is not there. */
async function overwrite(path: string, text: string): Promise<boolean> {
  const file = await open(path, 'r+').catch((error: unknown) => {
    if (errorCode(error) === 'ENOENT') return undefined;
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

async function writeFast(path: string, text: string): Promise<void> {
  const draft = `${path}.${String(process.pid)}.new`;
  try {
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** Reads a file that nobody but this user and root can have written. */
async function readOwn(path: string): Promise<string> {
  const file = await open(path);
  try {
    const user = ownUser();
    if (user !== undefined && !isWrittenBy(user, ownerOf(await file.stat())))
      throw new Error(`${path} belongs to another user, or others may write to it`);
    return await file.readFile('utf8');
  } finally {
    await file.close();
  }
}

/** Follows the links of the folders that exist. */
function realFolder(folder: string): string {
  try {
    return realpathSync(folder);
  } catch {
    const parent = dirname(folder);
    return parent === folder ? folder : join(realFolder(parent), basename(folder));
  }
}

/** Identifies the place of a file: a copy in another folder has another one. */
export function placeOf(path: string): string {
  const whole = resolve(path);
  const real = join(realFolder(dirname(whole)), basename(whole));
  return createHash('sha256').update(real).digest('hex').slice(0, 12);
}

/**
 * A file that is always whole: written beside its place and moved there. Readable by its owner alone. What is saved or cleared
 * is on the disk when that resolves, unless it `keepsRoom`: that takes 9 ms (ext4), and 1 ms without.
 */
export function recordFile(path: string, { reservesSpace: keepsRoom = false }: RecordFileOptions = {}): RecordStore {
  const spare = `${path}.spare`;
  return {
    place: placeOf(path),
    async load() {
      try {
        return await readOwn(path);
      } catch (error) {
        if (errorCode(error) === 'ENOENT') return undefined;
        throw error;
      }
    },
    async save(text) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      if (!keepsRoom) return writeAtomic(path, text);
      try {
        await writeFast(path, text);
      } catch (error) {
        if (!outOfSpaceCodes.has(errorCode(error) ?? '')) throw error;
        if (await overwrite(spare, text)) await rename(spare, path);
        else if (!(await overwrite(path, text))) throw error;
      }
    },
    async clear() {
      if (!keepsRoom) {
        await rm(path, { force: true });
        return syncFolder(dirname(path)).catch((error: unknown) => {
          if (errorCode(error) !== 'ENOENT') throw error;
        });
      }
      return rename(path, spare).catch((error: unknown) => {
        if (errorCode(error) !== 'ENOENT') throw error;
      });
    },
  };
}
