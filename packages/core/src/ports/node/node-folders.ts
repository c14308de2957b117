import { constants } from 'node:fs';
import {
  copyFile,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  statfs,
  symlink,
} from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Folders } from '../files.ts';
import { errorCode } from '../files.ts';
import { syncFolder, writeAtomic } from './atomic-write.ts';

async function freeBytes(path: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch (error) {
    const parent = dirname(path);
    if (errorCode(error) !== 'ENOENT' || parent === path) throw error;
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
    if (errorCode(error) === 'ENOENT') return 0;
    throw error;
  }
}

const COPY_TRIES = 10;

async function stamp(path: string): Promise<string> {
  try {
    const { size, mtimeMs } = await lstat(path);
    return `${String(size)}@${String(mtimeMs)}`;
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return '';
    throw error;
  }
}

async function copyOne(from: string, to: string): Promise<void> {
  try {
    // A reflink where the file system has them: then a copy costs nothing.
    await copyFile(from, to, constants.COPYFILE_FICLONE);
  } catch (error) {
    // Gone since it was listed: a file of the moment.
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** Whole or not at all, on the disk; through a link to where the file really is. */
async function replaceFile(from: string, to: string): Promise<void> {
  const place = (await exists(to)) ? await realpath(to) : to;
  const draft = `${place}.${String(process.pid)}.new`;
  try {
    await copyFile(from, draft, constants.COPYFILE_FICLONE);
    const handle = await open(draft, 'r+');
    await handle.sync().finally(() => handle.close());
    await rename(draft, place);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
  await syncFolder(dirname(place));
}

async function copyFiles(from: string, to: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const logged = names.includes(`${name}-wal`);
    if (name.endsWith('-wal') && names.includes(name.slice(0, -4))) continue;
    const parts = logged ? [name, `${name}-wal`] : [name];
    const stamps = () => Promise.all(parts.map((part) => stamp(join(from, part))));
    for (let tried = 0, before = ''; tried < COPY_TRIES; tried += 1) {
      before = (await stamps()).join();
      for (const part of parts) await copyOne(join(from, part), join(to, part));
      if (!logged || (await stamps()).join() === before) break;
    }
  }
}

async function copyFolder(
  from: string,
  to: string,
  inside: string,
  leaveOut: (relative: string) => boolean,
): Promise<void> {
  const { mode } = await lstat(from);
  await mkdir(to, { recursive: true, mode: mode & 0o777 });
  const entries = (await readdir(from, { withFileTypes: true })).filter(({ name }) => !leaveOut(join(inside, name)));
  const files = entries.filter((entry) => entry.isFile()).map(({ name }) => name);
  await copyFiles(from, to, files);
  for (const entry of entries) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (entry.isDirectory()) await copyFolder(source, target, join(inside, entry.name), leaveOut);
    else if (entry.isSymbolicLink()) await symlink(await readlink(source), target);
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stamp(path)) !== '';
}

async function copy(from: string, to: string, leaveOut: (relative: string) => boolean): Promise<void> {
  if (!(await exists(from))) return;
  await mkdir(dirname(to), { recursive: true, mode: 0o700 });
  // The state itself may be a link to where it really is.
  const real = await realpath(from);
  if ((await lstat(real)).isDirectory()) await copyFolder(real, to, '', leaveOut);
  else await replaceFile(real, to);
}

export const nodeFolders: Folders = {
  async make(path) {
    await mkdir(path, { recursive: true, mode: 0o700 });
  },
  write: (path, text) => writeAtomic(path, text),
  async move(from, to) {
    await rename(from, to);
    for (const folder of new Set([dirname(to), dirname(from)])) await syncFolder(folder);
  },
  // Retries: files that a killed npm was still writing may appear during the removal.
  remove: (path) => rm(path, { recursive: true, force: true, maxRetries: 5 }),
  freeBytes,
  usedBytes,
  exists,
  copy,
};
