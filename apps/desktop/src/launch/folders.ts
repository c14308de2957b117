import { dirname, join } from 'node:path';
import type { Paths } from '@deskclaw/core';

/** Where the app keeps its own: beside the profile's files, so that installations and profiles never share any of it. */
export interface AppFolders {
  /** Settings, and Electron's lock that makes the app a single one. */
  readonly userData: string;
  /** What may be thrown away: caches of the page. */
  readonly sessionData: string;
  readonly settings: string;
  /** Dumps of crashes; they stay on this machine. */
  readonly crashes: string;
}

export function appFolders(paths: Pick<Paths, 'config' | 'cache' | 'state' | 'profile'>): AppFolders {
  const userData = join(dirname(paths.config), 'desktop', paths.profile);
  return {
    userData,
    sessionData: join(paths.cache, 'desktop', paths.profile),
    settings: join(userData, 'settings.json'),
    crashes: join(paths.state, 'crashes'),
  };
}
