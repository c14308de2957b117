import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Environment, errorCode, GatewayError, nodeClock } from '@deskclaw/core';
import { writeAtomicSync } from '@deskclaw/core/internal';
import { describeProblem } from '@deskclaw/protocol';
import { isProfileName, resolvePaths } from './paths.ts';

/** The profile of commands that name none, while nobody chose another. It always exists. */
export const DEFAULT_PROFILE = 'default';

/**
 * Returns the profile that `profile use` chose. A file with anything but a name counts as none: a command that names no profile must
 * work all the same.
 */
export function readSelectedProfile(env: Environment): string {
  try {
    const name = readFileSync(resolvePaths({ name: DEFAULT_PROFILE, env }).selectedProfile, 'utf8').trim();
    return isProfileName(name) ? name : DEFAULT_PROFILE;
  } catch {
    return DEFAULT_PROFILE;
  }
}

/** Chooses the profile of commands that name none. @throws GatewayError `state.read-only`, `disk.full` */
export function selectProfile(name: string, env: Environment): void {
  const { selectedProfile } = resolvePaths({ name, env });
  try {
    if (name === DEFAULT_PROFILE) rmSync(selectedProfile, { force: true });
    else {
      mkdirSync(dirname(selectedProfile), { recursive: true, mode: 0o700 });
      writeAtomicSync(selectedProfile, `${name}\n`, 0o600);
    }
  } catch (error) {
    const code = errorCode(error) === 'ENOSPC' ? 'disk.full' : 'state.read-only';
    const detail = `${selectedProfile}: ${error instanceof Error ? error.message : String(error)}`;
    throw new GatewayError(describeProblem(code, { detail }, nodeClock.wallTime()));
  }
}
