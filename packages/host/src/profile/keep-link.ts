import { copyFileSync, lstatSync, readlinkSync, realpathSync, renameSync, symlinkSync, unlinkSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

function linkOf(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Remembers whether a file is a symbolic link, as in a folder of versioned settings. The returned function makes it one again
 * where another program has put a file in its place: what that program wrote goes to where the link leads.
 * @returns a function that resolves with the file that was written, or `undefined` if nothing had to be done. It throws what the
 * file system says.
 */
export function keepLink(path: string): () => string | undefined {
  const link = linkOf(path);
  if (link === undefined) return () => undefined;
  let target: string;
  try {
    target = realpathSync(path);
  } catch {
    target = resolve(dirname(path), link);
  }
  return () => {
    if (linkOf(path) !== undefined || !lstatSync(path, { throwIfNoEntry: false })?.isFile()) return undefined;
    const draft = `${path}.${String(process.pid)}.link`;
    copyFileSync(path, target);
    symlinkSync(link, draft);
    try {
      renameSync(draft, path);
    } catch (error) {
      unlinkSync(draft);
      throw error;
    }
    return target;
  };
}
