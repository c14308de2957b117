import { type Files, readIfPossible } from '@deskclaw/core/internal';
import { managedNodes } from './node-managers.ts';
import { type OpenClawPackage, packageAround, packageAt } from './package.ts';
import { type PathRules, pathRules, type SystemInfo, variable } from './system-info.ts';

/** pnpm's shims have grown to 5 KB; a larger file is a program of its own. */
const SHIM_BYTES = 32_768;

/** How shims name their own folder: npm in sh, cmd (two forms) and PowerShell. pnpm gives paths relative to it. */
const ownFolder = /\$\{?basedir\}?|%~?dp0%?\\?|\$PSScriptRoot/g;
const javascriptFile = /"([^"\n]+\.m?js)"|'([^'\n]+\.m?js)'|([^\s"'=;]+\.m?js)/g;

/** Every JavaScript file a shim script mentions, as absolute paths, in order. */
function mentionedFiles(script: string, folder: string, path: PathRules): readonly string[] {
  return [...script.matchAll(javascriptFile)]
    .map((match) => match[1] ?? match[2] ?? match[3] ?? '')
    .map((file) =>
      path.resolve(
        folder,
        file.replace(ownFolder, () => `${folder}${path.sep}`),
      ),
    );
}

async function fromScript(
  script: string,
  folders: readonly string[],
  files: Files,
  path: PathRules,
): Promise<OpenClawPackage | undefined> {
  for (const folder of folders) {
    for (const file of mentionedFiles(script, folder, path)) {
      const target = await files.realpath(file);
      const found = target === undefined ? undefined : await packageAround(target, files, path);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}

/** Volta, mise, asdf and nodenv put one dispatcher in front of every command. */
function isDispatcher(real: string, script: string, path: PathRules): boolean {
  return /^(volta-shim|mise)(\.exe)?$/.test(path.basename(real)) || /\b(asdf|mise|nodenv)\b.*\bexec\b/.test(script);
}

/** Behind a dispatcher, the package lies with the Node it was installed for. */
async function fromManagers(system: SystemInfo, files: Files, path: PathRules): Promise<OpenClawPackage | undefined> {
  const volta = variable(system.env, 'VOLTA_HOME') ?? path.join(system.home, '.volta');
  const roots = [
    path.join(volta, 'tools', 'image', 'packages', 'openclaw', 'lib', 'node_modules', 'openclaw'),
    ...(await managedNodes(system, files)).map((node) => path.join(node.globalPackages, 'openclaw')),
  ];
  for (const root of roots) {
    const found = await packageAt(root, files, path);
    if (found !== undefined) return found;
  }
  return undefined;
}

/**
 * The package behind a command named `openclaw`: through links, through the scripts that npm and pnpm write,
 * and through the dispatchers of version managers. `undefined`: it is something else.
 */
export async function packageBehind(
  shim: string,
  system: SystemInfo,
  files: Files,
): Promise<OpenClawPackage | undefined> {
  const path = pathRules(system.platform);
  const real = await files.realpath(shim);
  if (real === undefined) return undefined;
  const linked = await packageAround(real, files, path);
  if (linked !== undefined) return linked;
  const script = (await readIfPossible(files, real, SHIM_BYTES)) ?? '';
  if (isDispatcher(real, script, path)) return fromManagers(system, files, path);
  return fromScript(script, [...new Set([path.dirname(shim), path.dirname(real)])], files, path);
}
