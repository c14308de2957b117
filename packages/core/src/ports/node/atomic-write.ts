import { closeSync, fchmodSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { errorCode } from '../files.ts';

/** Windows opens no folder, and some file systems (over a network, FUSE) sync none: what was renamed is in their hands. */
const folderSyncUnsupported = new Set(['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'EBADF']);

function isUnsupported(error: unknown): boolean {
  return folderSyncUnsupported.has(errorCode(error) ?? '');
}

function temporaryPath(path: string): string {
  return `${path}.${String(process.pid)}.new`;
}

/** Puts on the disk which names a folder holds: until then a power cut may take a rename back. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  }
}

function syncFolderSync(folder: string): void {
  try {
    const handle = openSync(folder, 'r');
    try {
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    if (!isUnsupported(error)) throw error;
  }
}

/** The whole text or what was there before, whatever ends us in between, the machine's power included. */
export async function writeAtomic(path: string, text: string, mode = 0o600): Promise<void> {
  const draft = temporaryPath(path);
  try {
    const handle = await open(draft, 'w', mode);
    try {
      await handle.chmod(mode);
      await handle.writeFile(text);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(dirname(path));
}

/** As `writeAtomic`, synchronously. */
export function writeAtomicSync(path: string, text: string, mode = 0o600): void {
  const draft = temporaryPath(path);
  try {
    const handle = openSync(draft, 'w', mode);
    try {
      fchmodSync(handle, mode);
      writeFileSync(handle, text);
      fsyncSync(handle);
    } finally {
      closeSync(handle);
    }
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  syncFolderSync(dirname(path));
}
