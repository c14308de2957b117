import { existsSync, mkdirSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { errorCode, GatewayError, nodeClock } from '@deskclaw/core';
import { writeAtomicSync } from '@deskclaw/core/internal';
import { describeProblem, isObject, parseJson } from '@deskclaw/protocol';
import { loadConfig, type Settings } from './config.ts';
import { readTextFile } from './read-text-file.ts';

function problem(code: 'state.read-only' | 'disk.full', path: string, error: unknown): GatewayError {
  const detail = `${path}: ${error instanceof Error ? error.message : String(error)}`;
  return new GatewayError(describeProblem(code, { detail }, nodeClock.wallTime()));
}

/** Replaces a file atomically and keeps its permissions: it may hold secrets. */
function replace(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // A settings file may be a link into a folder of dotfiles: that is the file to change.
    const place = existsSync(path) ? realpathSync(path) : path;
    writeAtomicSync(place, text, existsSync(place) ? statSync(place).mode & 0o777 : 0o600);
  } catch (error) {
    const full = errorCode(error) === 'ENOSPC';
    throw problem(full ? 'disk.full' : 'state.read-only', path, error);
  }
}

/**
 * Changes one setting of one profile in the settings file and keeps everything else.
 * @param value `undefined` takes the setting out of the profile's part: the top level, or the default, holds again.
 * @throws GatewayError `config.invalid` for a file that is not valid as it stands: then nothing is changed; `state.read-only`, `disk.full`.
 */
export function writeSetting<K extends keyof Settings>(
  path: string,
  profile: string,
  key: K,
  value: Settings[K] | undefined,
): void {
  loadConfig(path, profile, {});
  const file: unknown = existsSync(path) ? parseJson(readTextFile(path)) : {};
  const whole = isObject(file) ? file : {};
  const profiles = isObject(whole['profiles']) ? whole['profiles'] : {};
  const { [key]: _before, ...rest } = isObject(profiles[profile]) ? profiles[profile] : {};
  const own = value === undefined ? rest : { ...rest, [key]: value };
  replace(path, `${JSON.stringify({ ...whole, profiles: { ...profiles, [profile]: own } }, undefined, 2)}\n`);
}
