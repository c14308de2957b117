import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import type { PathKind, Programs } from '../programs.ts';

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export const nodePrograms: Programs = {
  async kindOf(path): Promise<PathKind> {
    try {
      const stats = await stat(path);
      if (stats.isDirectory()) return 'folder';
      return (await isExecutable(path)) ? 'program' : 'file';
    } catch {
      // Missing, or behind a folder we may not enter: not to be had either way.
      return 'missing';
    }
  },
};
