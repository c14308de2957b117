import { posix, win32 } from 'node:path';

/** `NodeJS.Platform`, in declarations that compile without Node's types too. */
export type Platform =
  | 'aix'
  | 'android'
  | 'cygwin'
  | 'darwin'
  | 'freebsd'
  | 'haiku'
  | 'linux'
  | 'netbsd'
  | 'openbsd'
  | 'sunos'
  | 'win32';

function rules(platform: Platform): typeof posix {
  return platform === 'win32' ? win32 : posix;
}

/** Whether a command names a place instead of something to look up in PATH. */
export function looksLikePath(name: string, platform: Platform): boolean {
  return name.includes('/') || (platform === 'win32' && (name.includes('\\') || /^[a-z]:/i.test(name)));
}

export function joinPath(folder: string, name: string, platform: Platform): string {
  return rules(platform).join(folder, name);
}

export function resolvePath(cwd: string, path: string, platform: Platform): string {
  return rules(platform).resolve(cwd, path);
}

/** The absolute folders of a PATH, each once. Relative and empty entries would search wherever we happen to stand: left out. */
export function splitPathList(path: string, platform: Platform): readonly string[] {
  const { delimiter, isAbsolute } = rules(platform);
  return [...new Set(path.split(delimiter).filter((folder) => isAbsolute(folder)))];
}

export function joinPathList(folders: readonly string[], platform: Platform): string {
  return [...new Set(folders)].join(rules(platform).delimiter);
}
