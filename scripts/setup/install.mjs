import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run.mjs';
import { members, packageManager, pinnedNode, root } from './workspace.mjs';

const stamp = join(root, 'node_modules', '.deskclaw-installed');

/** Returns a fingerprint of everything that an install depends on. */
function fingerprint() {
  const manifests = members.map((folder) => `${folder}/package.json`);
  const hash = createHash('sha256');
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json', ...manifests]) {
    if (existsSync(join(root, file)))
      hash
        .update(file)
        .update('\0')
        .update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

function isInstalled() {
  return existsSync(pinnedNode) && existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint();
}

/** Installs what the lockfile names, unless exactly that is installed. */
export async function install() {
  if (isInstalled()) return;
  const first = existsSync(pinnedNode) ? '' : '; the first time takes about a minute';
  console.log(`Installing dependencies with ${packageManager()}${first} ...`);
  const code = await run('npx', [
    '--yes',
    packageManager(),
    'install',
    '--frozen-lockfile',
    // Without a terminal pnpm would stop to ask before it replaces an older node_modules.
    '--config.confirmModulesPurge=false',
  ]);
  if (code !== 0) {
    throw new Error(
      `The dependencies could not be installed (exit code ${code}); the reason is above.\n` +
        'It needs npm and a registry that npm can reach. ' +
        `After a change of dependencies, "npx ${packageManager()} install" brings the lockfile up to date first.`,
    );
  }
  writeFileSync(stamp, fingerprint());
}
