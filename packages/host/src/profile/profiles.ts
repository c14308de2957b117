import { existsSync, readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Environment, GatewayError, nodeClock } from '@deskclaw/core';
import { describeProblem, type ListedProfile } from '@deskclaw/protocol';
import { readSettingsFile } from './config.ts';
import { changeSetting } from './edit-config.ts';
import { isProfileName, type Paths, resolvePaths } from './paths.ts';
import { DEFAULT_PROFILE, readSelectedProfile } from './selected-profile.ts';

/** A folder beside those of profiles (`run`, where there is no runtime folder) holds none of these. */
function holdsProfile({ lock, lastStart, journal, logs, token, device }: Paths): boolean {
  return [lock, lastStart, journal, logs, token, device].some((path) => existsSync(path));
}

function foldersIn(path: string): readonly string[] {
  try {
    return readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch {
    return [];
  }
}

/** Returns the profiles that have settings or state, and the default one, by name. @throws GatewayError `config.invalid` */
export function listProfiles(env: Environment): readonly ListedProfile[] {
  const { config, state } = resolvePaths({ name: DEFAULT_PROFILE, env });
  const inFile = Object.keys(readSettingsFile(config).profiles ?? {});
  const inState = foldersIn(dirname(state)).filter(
    (name) => isProfileName(name) && holdsProfile(resolvePaths({ name, env })),
  );
  const selected = readSelectedProfile(env);
  return [...new Set([DEFAULT_PROFILE, ...inFile, ...inState])].toSorted().map((name) => ({
    name,
    selected: name === selected,
    hasSettings: inFile.includes(name),
    hasState: inState.includes(name),
  }));
}

/**
 * Adds a profile to the settings file.
 * @param port the port of its gateway: two profiles with the same one cannot run at the same time
 * @returns whether it is new: names that differ in case only would share a folder on some file systems.
 * @throws GatewayError `config.invalid`, `state.read-only`, `state.locked`, `disk.full`
 */
export function addProfile(name: string, port: number | undefined, env: Environment): boolean {
  const { config } = resolvePaths({ name, env });
  if (listProfiles(env).some((each) => each.name.toLowerCase() === name.toLowerCase())) return false;
  changeSetting(config, 'all-profiles', ['profiles', name], port === undefined ? {} : { port });
  return true;
}

/** @throws GatewayError `request.invalid` for a profile that does not exist */
export function assertProfile(name: string, env: Environment): void {
  if (listProfiles(env).some((each) => each.name === name)) return;
  const detail = `There is no profile "${name}".`;
  throw new GatewayError(describeProblem('request.invalid', { detail }, nodeClock.wallTime()));
}
