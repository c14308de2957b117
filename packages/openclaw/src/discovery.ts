import type { Files } from '@deskclaw/core/internal';
import { describeProblem, type Problem } from '@deskclaw/protocol';
import { managedNodes } from './node-managers.ts';
import { type OpenClawPackage, packageAround, packageAt } from './package.ts';
import { packageBehind } from './shims.ts';
import { pathRules, type SystemInfo, searchPath, variable } from './system-info.ts';

export type Discovery =
  | {
      readonly kind: 'found';
      readonly package: OpenClawPackage;
      /** The command, link or folder it was found by; a fitting Node is often its neighbour. */
      readonly by: string;
    }
  | { readonly kind: 'not-found'; readonly searched: readonly string[] };

/**
 * Folders that belong on the PATH of a terminal but are missing from that of a program started by a desktop.
 */
function usualFolders({ platform, env, home }: SystemInfo): readonly string[] {
  const path = pathRules(platform);
  const pnpm = variable(env, 'PNPM_HOME');
  if (platform === 'win32') {
    const roaming = variable(env, 'APPDATA') ?? path.join(home, 'AppData', 'Roaming');
    return [path.join(roaming, 'npm'), ...(pnpm === undefined ? [] : [pnpm])];
  }
  return [
    ...(pnpm === undefined ? [] : [pnpm]),
    path.join(home, '.local', 'bin'),
    path.join(home, '.npm-global', 'bin'),
    path.join(home, '.openclaw', 'bin'),
    path.join(home, '.volta', 'bin'),
    path.join(home, '.asdf', 'shims'),
    path.join(home, platform === 'darwin' ? 'Library/pnpm' : '.local/share/pnpm'),
    '/opt/homebrew/bin',
    '/usr/local/bin',
    '/usr/bin',
  ];
}

async function inFolder(folder: string, system: SystemInfo, files: Files): Promise<Discovery | undefined> {
  const path = pathRules(system.platform);
  const names = system.platform === 'win32' ? ['openclaw.cmd', 'openclaw.ps1', 'openclaw'] : ['openclaw'];
  for (const name of names) {
    const by = path.join(folder, name);
    const found = await packageBehind(by, system, files);
    if (found !== undefined) return { kind: 'found', package: found, by };
  }
  return undefined;
}

async function explicit(named: string, system: SystemInfo, files: Files): Promise<Discovery> {
  const path = pathRules(system.platform);
  const real = await files.realpath(named);
  const found =
    real === undefined
      ? undefined
      : ((await packageAt(real, files, path)) ??
        (await packageAt(path.join(real, 'node_modules', 'openclaw'), files, path)) ??
        (await packageAround(real, files, path)) ??
        (await packageBehind(named, system, files)));
  return found === undefined ? { kind: 'not-found', searched: [named] } : { kind: 'found', package: found, by: named };
}

/**
 * Finds the installed OpenClaw: where `named` points (a command, its entry file, or a folder that holds the package) and
 * nowhere else; without it on the PATH, in the folders where installers put commands, and beside every Node of a version manager.
 */
export async function discoverOpenClaw(
  named: string | undefined,
  system: SystemInfo,
  files: Files,
): Promise<Discovery> {
  if (named !== undefined) return explicit(named, system, files);
  const path = pathRules(system.platform);
  const folders = [...new Set([...searchPath(system), ...usualFolders(system)])];
  for (const folder of folders) {
    const found = await inFolder(folder, system, files);
    if (found !== undefined) return found;
  }
  const managed = await managedNodes(system, files);
  for (const node of managed) {
    const found = await packageAt(path.join(node.globalPackages, 'openclaw'), files, path);
    if (found !== undefined) return { kind: 'found', package: found, by: node.node };
  }
  return { kind: 'not-found', searched: [...folders, ...managed.map((node) => node.globalPackages)] };
}

/** @param at epoch ms. */
export function notInstalled(searched: readonly string[], at: number): Problem {
  return describeProblem('openclaw.not-installed', { searched }, at);
}
