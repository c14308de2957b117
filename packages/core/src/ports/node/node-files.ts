import { constants } from 'node:fs';
import { access, lstat, open, readdir, readFile, realpath, stat } from 'node:fs/promises';
import type { Files, PathKind, Programs } from '../files.ts';
import { errorCode } from '../files.ts';
import { ownerOf } from './path-owner.ts';

/** Codes that all say "there is nothing here": a part of the path is missing, is a file, or is a folder. */
const absent: readonly unknown[] = ['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENAMETOOLONG'];
const closed: readonly unknown[] = [...absent, 'EACCES', 'EPERM'];

async function unless<T>(codes: readonly unknown[], work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch (error) {
    if (codes.includes(errorCode(error))) return undefined;
    throw error;
  }
}

async function readBytes(path: string, limit: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(limit), 0, limit, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function readHead(path: string, limit: number): Promise<string> {
  return (await readBytes(path, limit)).toString('utf8');
}

const SCAN_BYTES = 1024 ** 2;

/** Reads in pieces, each with the end of the one before: the file may be of any size. */
async function contains(path: string, text: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const overlap = text.length - 1;
    const buffer = Buffer.alloc(SCAN_BYTES);
    for (let position = 0; ; ) {
      const { bytesRead } = await file.read(buffer, 0, SCAN_BYTES, position);
      if (buffer.subarray(0, bytesRead).includes(text, 0, 'latin1')) return true;
      if (bytesRead <= overlap) return false;
      position += bytesRead - overlap;
    }
  } finally {
    await file.close();
  }
}

export const nodeFiles: Files = {
  read: (path, limit) => unless(absent, limit === undefined ? readFile(path, 'utf8') : readHead(path, limit)),
  contains: async (path, text) => (await unless(closed, contains(path, text))) ?? false,
  realpath: (path) => unless(closed, realpath(path)),
  list: async (folder) => (await unless(closed, readdir(folder))) ?? [],
  owner: async (path) => {
    const stats = await unless(closed, lstat(path));
    return stats === undefined ? undefined : ownerOf(stats);
  },
};

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** The processor that an ELF file is for, as its header writes it (elf(5), e_machine); `undefined`: it is no such file. */
async function machineOf(path: string): Promise<string | undefined> {
  const head = await unless(closed, readBytes(path, 20));
  return head?.toString('latin1', 0, 4) === '\x7fELF' ? head.toString('hex', 18, 20) : undefined;
}

/** The kernel reads no more of a first line. */
const FIRST_LINE_BYTES = 256;

export const nodePrograms: Programs = {
  async kindOf(path): Promise<PathKind> {
    try {
      const stats = await stat(path);
      if (stats.isDirectory()) return (await isExecutable(path)) ? 'folder' : 'closed-folder';
      return (await isExecutable(path)) ? 'program' : 'file';
    } catch {
      // Missing, or behind a folder we may not enter: not to be had either way.
      return 'missing';
    }
  },
  async isForeign(path): Promise<boolean> {
    const [theirs, ours] = await Promise.all([machineOf(path), machineOf(process.execPath)]);
    return theirs !== undefined && ours !== undefined && theirs !== ours;
  },

  async interpreterOf(path): Promise<string | undefined> {
    const start = await unless(closed, readHead(path, FIRST_LINE_BYTES));
    return start === undefined ? undefined : /^#![ \t]*([^\n\t ]+)/.exec(start)?.[1];
  },
};
