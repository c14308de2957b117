import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, GatewayError, nodeClock, type SecretStore } from '@deskclaw/core';
import { describeProblem } from '@deskclaw/protocol';
import { readText } from '../profile/config.ts';
import { readDeviceFile } from '../profile/device-file.ts';
import { changeSetting } from '../profile/edit-config.ts';
import { findOrphan } from '../profile/orphan.ts';
import { assertOwnFolders } from '../profile/own-folders.ts';
import { type Paths, resolvePaths } from '../profile/paths.ts';
import { listProfiles } from '../profile/profiles.ts';
import { DEFAULT_PROFILE, readSelectedProfile, selectProfile } from '../profile/selected-profile.ts';
import { deviceAccount } from './host-device.ts';
import { acquireProfileLock } from './profile-lock.ts';

export interface RemovedProfile {
  readonly name: string;
  /** Folders and files that are gone. */
  readonly removed: readonly string[];
  /** Whether it was the one that commands without a profile use; now that is the default one. */
  readonly wasSelected: boolean;
}

function inUse(profile: string, running: string): GatewayError {
  return new GatewayError(describeProblem('profile.in-use', { profile, running }, nodeClock.wallTime()));
}

/** Removes what a profile keeps; its lock last, so that no host starts meanwhile. */
function removeState({ state, lock }: Paths): void {
  for (const entry of readdirSync(state)) {
    const path = join(state, entry);
    if (path !== lock) rmSync(path, { recursive: true, force: true });
  }
}

/**
 * Removes a profile that is not running: its settings, state, logs, tokens and the key of its device. OpenClaw's own files, and
 * installed versions, stay.
 * @param keyring holds the key of its device, if the file says so
 * @throws GatewayError `profile.in-use`; `state.foreign`, `state.locked`, `state.read-only`
 */
export async function removeProfile(
  name: string,
  options: { readonly env: Environment; readonly keyring: SecretStore },
): Promise<RemovedProfile> {
  const { env, keyring } = options;
  const paths = resolvePaths({ name, env });
  assertOwnFolders(paths, env);
  const orphan = findOrphan({ name, env });
  if (orphan !== undefined) throw inUse(name, `its gateway runs without a host (pid ${String(orphan.pid)})`);
  const removed: string[] = [];
  if (existsSync(paths.state)) {
    const release = await acquireProfileLock(paths).catch((error: unknown) => {
      if (error instanceof GatewayError && error.code === 'state.locked') throw inUse(name, 'its host runs');
      throw error;
    });
    try {
      const marker = readDeviceFile(readText(paths.device)).kind === 'marker';
      if (marker) await keyring.remove(deviceAccount(paths));
      removeState(paths);
    } finally {
      release();
    }
    rmSync(paths.state, { recursive: true, force: true });
    removed.push(paths.state);
  }
  if (listProfiles(env).some((each) => each.name === name && each.hasSettings)) {
    changeSetting(paths.config, 'all-profiles', ['profiles', name], undefined);
    removed.push(paths.config);
  }
  const wasSelected = readSelectedProfile(env) === name;
  if (wasSelected) selectProfile(DEFAULT_PROFILE, env);
  return { name, removed, wasSelected };
}
