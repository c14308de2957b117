import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Paths } from '@deskclaw/host';
import type { TrayIcon } from '@deskclaw/ui/view-models';

/** Paths of the app's parts: in a checkout beside the sources, in a packed app beside the archive. */
export interface AppFiles {
  /** The page's folder. */
  readonly page: string;
  readonly preload: string;
  readonly appIcon: string;
  readonly trayIcon: (icon: TrayIcon) => string;
  readonly builtinGateway: string;
  /** The command line's program, for a host in the background; `undefined` where it is not installed. */
  readonly commandLine: string | undefined;
}

export interface AppFilesInput {
  /** `dist`, which holds `main`, `preload` and `renderer`. */
  readonly dist: string;
  readonly assets: string;
  /** `process.resourcesPath` of a packed app. */
  readonly resources: string | undefined;
  readonly platform: NodeJS.Platform;
}

/** The programs that a real Node runs; packed, they lie outside of the archive, which only Electron reads. */
function programs({ dist, resources }: AppFilesInput): { readonly commandLine: string; readonly gateway: string } {
  if (resources === undefined) {
    const root = join(dist, '..', '..', '..');
    return {
      commandLine: join(root, 'apps', 'cli', 'dist', 'deskclaw.cjs'),
      gateway: join(root, 'packages', 'gateway', 'dist', 'deskclaw-gateway.js'),
    };
  }
  const folder = join(resources, 'programs');
  return {
    commandLine: join(folder, 'deskclaw.cjs'),
    gateway: join(folder, 'node_modules', '@deskclaw', 'gateway', 'dist', 'deskclaw-gateway.js'),
  };
}

/** macOS paints icons itself from their shape alone, light or dark as the menu bar wants. */
function trayIconName(icon: TrayIcon, platform: NodeJS.Platform): string {
  return platform === 'darwin' ? `${icon}Template.png` : `${icon}.png`;
}

export function appFiles(input: AppFilesInput): AppFiles {
  const { commandLine, gateway } = programs(input);
  return {
    page: join(input.dist, 'renderer'),
    preload: join(input.dist, 'preload', 'preload.cjs'),
    appIcon: join(input.assets, 'icon.png'),
    trayIcon: (icon) => join(input.assets, 'tray', trayIconName(icon, input.platform)),
    builtinGateway: gateway,
    commandLine: existsSync(commandLine) ? commandLine : undefined,
  };
}

/** Folders of the app, per profile, beside the files of the profile. */
export interface AppFolders {
  /** Settings, and Electron's lock that makes the app a single one. */
  readonly userData: string;
  /** Caches of the page; safe to delete. */
  readonly sessionData: string;
  readonly settings: string;
  /** Crash dumps; never uploaded. */
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
