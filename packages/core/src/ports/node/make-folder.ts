import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode } from '../files.ts';

/**
 * Creates a folder with its parents, mode 0700; an existing one keeps its mode. @throws what the system says of the first that cannot be
 * created: of a file system that is read-only, Node tells that the folder is not there.
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
    let missing = path;
    while (!existsSync(dirname(missing)) && dirname(missing) !== missing) missing = dirname(missing);
    try {
      mkdirSync(missing, { mode: 0o700 });
    } catch (cause) {
      // Another process has made it meanwhile.
      if (errorCode(cause) !== 'EEXIST') throw cause;
    }
    mkdirSync(path, { recursive: true, mode: 0o700 });
  }
}
