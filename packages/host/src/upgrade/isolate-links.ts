import { copyFile, lstat, mkdir, readdir, realpath, rm, stat, symlink } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';

function isWithin(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder + sep);
}

async function realPathOf(path: string): Promise<string | undefined> {
  return realpath(path).catch(() => undefined);
}

/**
 * Removes every way by which a program could write through a copied folder into the world: a link into the original leads to
 * the same place of the copy, a link to a file elsewhere becomes a copy of it, one to a folder elsewhere an empty folder.
 */
export async function isolateLinks(copy: string, original: string): Promise<void> {
  const [inside, from] = [await realPathOf(copy), await realPathOf(original)];
  if (inside === undefined || !(await lstat(inside)).isDirectory()) return;
  const isolate = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true })) {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) await isolate(path);
      if (!entry.isSymbolicLink()) continue;
      const target = await realPathOf(path);
      if (target !== undefined && isWithin(target, inside)) continue;
      await rm(path, { force: true });
      if (target === undefined) continue;
      if (from !== undefined && isWithin(target, from)) await symlink(join(inside, relative(from, target)), path);
      else if ((await stat(target)).isDirectory()) await mkdir(path, { mode: 0o700 });
      else if ((await stat(target)).isFile()) await copyFile(target, path);
    }
  };
  await isolate(inside);
}
