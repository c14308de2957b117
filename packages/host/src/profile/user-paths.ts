import { userInfo } from 'node:os';
import { posix, win32 } from 'node:path';
import type { Environment } from '@deskclaw/core';

type PathRules = typeof posix;

export function pathRules(platform: NodeJS.Platform): PathRules {
  return platform === 'win32' ? win32 : posix;
}

/** The user's home folder. A service manager may start programs without `HOME`, or with an empty one. */
export function homeFolder(env: Environment, platform: NodeJS.Platform = process.platform): string {
  const named = env['HOME'];
  if (named !== undefined && pathRules(platform).isAbsolute(named)) return named;
  try {
    return userInfo().homedir;
  } catch {
    // A user id without an account, as in some containers.
    return '/';
  }
}

/** Expands a leading `~` as a shell does. systemd, Docker and .env files pass it on as it is. Other users' homes (`~name`) stay as they are. */
export function expandHome(path: string, home: string, platform: NodeJS.Platform = process.platform): string {
  if (path === '~') return home;
  const startsAtHome = path.startsWith('~/') || (platform === 'win32' && path.startsWith('~\\'));
  return startsAtHome ? pathRules(platform).join(home, path.slice(2)) : path;
}

/** Variables that name one file or folder. */
const pathVariables = [
  'DESKCLAW_TOKEN_FILE',
  'DESKCLAW_OPENCLAW',
  'OPENCLAW_HOME',
  'OPENCLAW_STATE_DIR',
  'OPENCLAW_CONFIG_PATH',
] as const;

/**
 * Returns the environment for a host that stands in another folder: a relative path in it means the same place as here.
 * @param cwd absolute; where the paths were typed.
 */
export function withAbsolutePaths(
  env: Environment,
  cwd: string,
  platform: NodeJS.Platform = process.platform,
): Environment {
  const home = homeFolder(env, platform);
  const changed = pathVariables.flatMap((name) => {
    const value = env[name];
    return value === undefined || value === ''
      ? []
      : [[name, pathRules(platform).resolve(cwd, expandHome(value, home, platform))] as const];
  });
  return { ...env, ...Object.fromEntries(changed) };
}
