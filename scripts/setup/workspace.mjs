import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout: every script works from any current folder. */
export const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

export const windows = process.platform === 'win32';

const bin = join(root, 'node_modules', '.bin');

/** The Node that the workspace pins; the one that runs a script may be as old as 20. */
export const pinnedNode = join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');

/** The command line as a checkout runs it. */
export const deskclaw = join(root, 'apps', 'cli', 'dist', 'deskclaw.cjs');

/** The folders of the workspace's members, as in pnpm-workspace.yaml: `packages/protocol`, ... */
export const members = ['packages', 'apps', 'verify']
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => `${parent}/${name}`))
  .filter((folder) => existsSync(join(root, folder, 'package.json')));

/** e.g. `pnpm@12.21.0`: named once, in package.json. */
export function packageManager() {
  /** @type {{ packageManager: string }} */
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  return manifest.packageManager;
}

/** For programs of the workspace: its own Node and tools come first. */
export function toolEnvironment() {
  return {
    ...process.env,
    PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
    TURBO_TELEMETRY_DISABLED: '1',
  };
}
