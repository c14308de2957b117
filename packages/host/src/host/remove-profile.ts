import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Environment, errorCode, GatewayError, nodeClock, type SecretStore } from '@deskclaw/core';
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

function inUse(profile: string, running: string, isUpgrade = false): GatewayError {
  return new GatewayError(describeProblem('profile.in-use', { profile, running, isUpgrade }, nodeClock.wallTime()));
}

/** @throws GatewayError `state.read-only` */
function removing(folder: string, remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (errorCode(error) === undefined) throw error;
    const detail = `${folder}: ${error instanceof Error ? error.message : String(error)}`;
    throw new GatewayError(describeProblem('state.read-only', { detail, folder }, nodeClock.wallTime()));
  }
}

/** Removes what a profile keeps; its lock last, so that no host starts meanwhile. */
function removeState({ state, lock }: Paths): void {
  for (const entry of readdirSync(state)) {
    const path = join(state, entry);
    if (path !== lock) rmSync(path, { recursive: true, force: true });
  }
}

/** @throws GatewayError `request.invalid` for the default profile, `profile.in-use` */
function assertRemovable(name: string, { upgradeJournal }: Paths, env: Environment): void {
  // A file system may hold names that differ in case for the same.
  if (name.toLowerCase() === DEFAULT_PROFILE) {
    const detail = `The profile "${DEFAULT_PROFILE}" cannot be removed.`;
    throw new GatewayError(describeProblem('request.invalid', { detail }, nodeClock.wallTime()));
  }
  const orphan = findOrphan({ name, env });
  if (orphan !== undefined) throw inUse(name, `its gateway runs without a host (pid ${String(orphan.pid)})`);
  if (existsSync(upgradeJournal)) throw inUse(name, 'an upgrade of its OpenClaw is not finished', true);
}

/**
 * Removes a profile that is not running: its settings, state, logs, tokens and the key of its device. OpenClaw's own files, and
 * installed versions, stay.
 * @param keyring holds the key of its device, if the file says so
 * @throws GatewayError `profile.in-use`; `request.invalid` for the default profile; `state.foreign`, `state.locked`, `state.read-only`
 */
export async function removeProfile(
  name: string,
  options: { readonly env: Environment; readonly keyring: SecretStore },
): Promise<RemovedProfile> {
  const { env, keyring } = options;
  const paths = resolvePaths({ name, env });
  assertOwnFolders(paths, env);
  assertRemovable(name, paths, env);
  const removed: string[] = [];
  const removeSettings = (): void => {
    if (!listProfiles(env).some((each) => each.name === name && each.hasSettings)) return;
    changeSetting(paths.config, 'all-profiles', ['profiles', name], undefined);
    removed.push(paths.config);
  };
  if (existsSync(paths.state)) {
    const release = await acquireProfileLock(paths).catch((error: unknown) => {
      if (error instanceof GatewayError && error.code === 'state.locked') throw inUse(name, 'its host runs');
      throw error;
    });
    try {
      // First what can be refused: as long as there is state, the profile is listed and can be removed again.
      removeSettings();
      const marker = readDeviceFile(readText(paths.device)).kind === 'marker';
      if (marker) await keyring.remove(deviceAccount(paths));
      removing(paths.state, () => removeState(paths));
    } finally {
      release();
    }
    // Not with what is in it: a host may have started again since the lock was released.
    removing(paths.state, () => rmdirSync(paths.state));
    removed.push(paths.state);
  } else {
    removeSettings();
  }
  const wasSelected = readSelectedProfile(env) === name;
  if (wasSelected) selectProfile(DEFAULT_PROFILE, env);
  return { name, removed, wasSelected };
}
