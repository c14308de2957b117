import { mkdir, readFile, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { RecordStore } from '../record-store.ts';
import { writeWhole } from './whole-file.ts';

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** A file that is always whole: written beside its place and moved there. Readable by its owner alone. */
export function recordFile(path: string): RecordStore {
  return {
    async load() {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if (isMissing(error)) return undefined;
        throw error;
      }
    },
    async save(text) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeWhole(path, text);
    },
    clear: () => rm(path, { force: true }),
  };
}
