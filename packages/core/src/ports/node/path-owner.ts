import { lstatSync, readFileSync, type Stats, statSync } from 'node:fs';
import type { PathOwner } from '../files.ts';
import { errorCode } from '../files.ts';

function kindOf(stats: Stats): PathOwner['kind'] {
  if (stats.isDirectory()) return 'folder';
  if (stats.isFile()) return 'file';
  if (stats.isSocket()) return 'socket';
  return stats.isSymbolicLink() ? 'link' : 'other';
}

export function ownerOf(stats: Stats): PathOwner {
  return { user: stats.uid, group: stats.gid, mode: stats.mode & 0o777, kind: kindOf(stats) };
}

/**
 * Returns whose a path is; `undefined`: there is nothing.
 * @throws what the system says where that may not be known
 */
export function readPathOwner(path: string, links: 'follow' | 'keep' = 'keep'): PathOwner | undefined {
  try {
    return ownerOf(links === 'follow' ? statSync(path) : lstatSync(path));
  } catch (error) {
    if (['ENOENT', 'ENOTDIR'].includes(errorCode(error) ?? '')) return undefined;
    throw error;
  }
}

/** The number of the user we run as; `undefined` on Windows, where files have no numbers. */
export function ownUser(): number | undefined {
  return process.platform === 'win32' ? undefined : process.geteuid?.();
}

/** The name of a user by number, as /etc/passwd has it. */
export function userName(passwd: string, id: string): string | undefined {
  const line = passwd.split('\n').find((each) => each.split(':')[2] === id);
  return line?.split(':')[0];
}

function readPasswd(): string {
  try {
    return readFileSync('/etc/passwd', 'utf8');
  } catch {
    return '';
  }
}

/** The name of a user by number, where /etc/passwd has it. */
export function nameOfUser(id: string): string | undefined {
  return userName(readPasswd(), id);
}

/** "guest (1002)", or the number alone. */
export function userLabel(user: number): string {
  const name = nameOfUser(String(user));
  return name === undefined ? String(user) : `${name} (${String(user)})`;
}
