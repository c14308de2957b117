import { writeFileSync } from 'node:fs';
import { errorCode, GatewayError } from '@deskclaw/core';
import { describeProblem } from '@deskclaw/protocol';
import { UsageError } from '../exit.ts';
import type { Shell } from '../shell.ts';

/** What is wrong with the name of a file that the user chose. */
const nameFaults: Readonly<Record<string, string>> = {
  EEXIST: 'exists already',
  ENOENT: 'is in a folder that does not exist',
  ENOTDIR: 'is in a folder that does not exist',
  EISDIR: 'is a folder',
  EACCES: 'may not be written',
  EPERM: 'may not be written',
  EROFS: 'is on a file system that is read-only',
  ENAMETOOLONG: 'has too long a name',
};

/**
 * Writes a file that only this user may read, where there is none yet.
 * @throws UsageError for a name at which no file can be made; GatewayError `disk.full`
 */
export function writeNewFile(shell: Shell, path: string, content: string | Uint8Array, command: string): void {
  try {
    writeFileSync(path, content, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (code === 'ENOSPC' || code === 'EDQUOT') {
      const detail = `${path}: ${error instanceof Error ? error.message : String(error)}`;
      throw new GatewayError(describeProblem('disk.full', { detail }, shell.now()));
    }
    const fault = nameFaults[code];
    if (fault === undefined) throw error;
    throw new UsageError(`${path} ${fault}. Name another file.`, command);
  }
}
