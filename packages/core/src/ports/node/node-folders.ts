import { lstat, mkdir, readdir, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Folders } from '../folders.ts';

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function freeBytes(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(path);
    if (!isMissing(error) || parent === path) throw error;
    return freeBytes(parent);
  }
}

async function usedBytes(path: string): Promise<number> {
  try {
    const entries = await readdir(path, { withFileTypes: true });
    let sum = 0;
    for (const entry of entries) if (entry.isDirectory()) sum += await usedBytes(join(path, entry.name));
    const files = entries.filter((entry) => entry.isFile());
    const sizes = await Promise.all(files.map(async ({ name }) => (await lstat(join(path, name))).size));
    return sizes.reduce((total, size) => total + size, sum);
  } catch (error) {
    if (isMissing(error)) return 0;
    throw error;
  }
}

export const nodeFolders: Folders = {
  async make(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  async write(path, text) {
    const draft = `${path}.${String(process.pid)}.new`;
    await writeFile(draft, text, { mode: 0o600 });
    await rename(draft, path);
  },
  move: rename,
  // What a killed npm was still writing may appear while it is removed.
  remove: (path) => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  freeBytes,
  usedBytes,
};
