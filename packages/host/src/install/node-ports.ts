import { homedir } from 'node:os';
import { type Environment, nodeClock, nodeProcessTable, nodeRandom } from '@deskclaw/core';
import { currentRealm, nodeFiles, nodeFolders, nodeSpawner, ownIdentity } from '@deskclaw/core/internal';
import { spawnedNodeVersion } from '@deskclaw/openclaw';
import type { InstallPorts } from './install.ts';
import type { Machine } from './layout.ts';

export function thisMachine(env: Environment): Machine {
  return {
    env,
    home: env['HOME'] ?? homedir(),
    platform: process.platform,
    arch: process.arch,
    // Electron's own binary is no Node to run a gateway with.
    ...('electron' in process.versions ? {} : { self: { file: process.execPath, version: process.versions.node } }),
  };
}

/** Returns the whole environment: a version manager's shim needs it to find its Node. */
function wholeEnvironment(env: Environment): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
}

export function installPorts(env: Environment): InstallPorts {
  const programs = { spawner: nodeSpawner, processes: nodeProcessTable, clock: nodeClock };
  return {
    ...programs,
    files: nodeFiles,
    folders: nodeFolders,
    random: nodeRandom,
    nodeVersion: spawnedNodeVersion(wholeEnvironment(env), programs),
    self: ownIdentity(),
    realm: currentRealm(),
  };
}
