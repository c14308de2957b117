import { existsSync, mkdirSync, readlinkSync, realpathSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { errorCode, GatewayError, nodeClock, nodeProcessTable, nodeRandom } from '@deskclaw/core';
import { acquireOwnerLock, ownIdentity, writeAtomicSync } from '@deskclaw/core/internal';
import { describeProblem } from '@deskclaw/protocol';
import { type JsonPath, removeValue, setValue, valueAt, withoutComments } from '../schema/json-edit.ts';
import { loadConfig, readText, settingsProblem } from './config.ts';
import { describeFault, readSettings } from './settings-file.ts';
import { type Settings, settingsNode } from './settings-schema.ts';

/** A change takes a few ms. */
const LOCK_TRIES = 500;
const LOCK_POLL_MS = 10;

function failure(code: 'state.read-only' | 'state.locked' | 'disk.full', path: string, why: string): GatewayError {
  const detail = `${path}: ${why}`;
  const at = nodeClock.wallTime();
  return new GatewayError(
    code === 'state.locked'
      ? describeProblem(code, { detail }, at)
      : describeProblem(code, { detail, folder: dirname(path) }, at),
  );
}

/** A settings file may be a link into a folder of dotfiles, also one whose file does not exist yet: that is the file to change. */
function followLink(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    try {
      return resolve(dirname(path), readlinkSync(path));
    } catch {
      return path;
    }
  }
}

/** Runs a change while no other process changes the same file. @throws GatewayError `state.locked` */
function whileLocked<T>(path: string, change: () => T): T {
  const self = { ...ownIdentity(), nonce: nodeRandom.uuid() };
  const sleep = new Int32Array(new SharedArrayBuffer(4));
  for (let tries = 0; tries < LOCK_TRIES; tries += 1) {
    const attempt = acquireOwnerLock(`${path}.lock`, self, nodeProcessTable);
    if (attempt.kind === 'held') {
      try {
        return change();
      } finally {
        attempt.release();
      }
    }
    Atomics.wait(sleep, 0, 0, LOCK_POLL_MS);
  }
  throw failure('state.locked', path, 'another program is changing it');
}

/** Replaces a file atomically and keeps its permissions: it may hold secrets. */
function changeText(path: string, change: (text: string | undefined) => string | undefined): void {
  const place = followLink(path);
  try {
    mkdirSync(dirname(place), { recursive: true, mode: 0o700 });
    whileLocked(place, () => {
      const text = change(readText(place));
      if (text !== undefined) writeAtomicSync(place, text, existsSync(place) ? statSync(place).mode & 0o777 : 0o600);
    });
  } catch (error) {
    if (error instanceof GatewayError) throw error;
    const code = errorCode(error) === 'ENOSPC' ? 'disk.full' : 'state.read-only';
    throw failure(code, path, error instanceof Error ? error.message : String(error));
  }
}

/** The part of the settings file that a change is made in: the one of a profile, or the top level, which all profiles share. */
export type SettingsPart = { readonly profile: string } | 'all-profiles';

export interface ChangedSetting {
  /** Absent: it was not set. */
  readonly before?: unknown;
  /** Absent: it was taken out. */
  readonly value?: unknown;
  readonly changed: boolean;
  /** Whether the top level, which all profiles share, sets it too. */
  readonly isShared: boolean;
  /** Faults elsewhere in the file, which prevent the next start. */
  readonly faults: readonly string[];
}

/** Of the two ways to name an OpenClaw, the file holds one: a change replaces both. */
function wholeChoice(key: JsonPath, value: unknown): { readonly key: JsonPath; readonly value: unknown } {
  const [top, inner] = key;
  const isChoice = settingsNode().properties?.[String(top)]?.anyOf !== undefined;
  if (!isChoice || top === undefined || inner === undefined || value === undefined) return { key, value };
  return { key: [top], value: { [inner]: value } };
}

function lists(...values: readonly unknown[]): readonly unknown[] {
  return values.flatMap((value): readonly unknown[] => (Array.isArray(value) ? value : []));
}

/**
 * Changes one setting in the text of the settings file and keeps everything else as it is written. A file with a fault elsewhere can
 * be changed: that is how it is mended.
 * @param value `undefined` takes the setting out of this part: the top level, or the default, holds again
 * @param options.addToList adds the items of `value` to the list that holds now, each once
 * @throws GatewayError `config.invalid` for a file that is not JSON, `state.read-only`, `state.locked`, `disk.full`; then nothing is changed
 */
export function changeSetting(
  path: string,
  part: SettingsPart,
  setting: JsonPath,
  value: unknown,
  options: { readonly addToList?: boolean } = {},
): ChangedSetting {
  const to = wholeChoice(setting, value);
  const key = part === 'all-profiles' ? to.key : ['profiles', part.profile, ...to.key];
  let result: ChangedSetting = { changed: false, isShared: false, faults: [] };
  changeText(path, (found) => {
    const text = found ?? '{}\n';
    const read = readSettings(text);
    if (read.kind === 'faulty' && !(read.isJson && read.faults.every((fault) => fault.path.length > 0)))
      throw settingsProblem(path, read.faults);
    const raw: unknown = JSON.parse(withoutComments(text));
    const before = valueAt(raw, key);
    const written =
      options.addToList === true ? [...new Set(lists(before ?? valueAt(raw, to.key), to.value))] : to.value;
    const edited = written === undefined ? removeValue(text, key) : setValue(text, key, written);
    const isSame = JSON.stringify(before) === JSON.stringify(written);
    const after = readSettings(isSame ? text : edited);
    result = {
      ...(before === undefined ? {} : { before }),
      ...(written === undefined ? {} : { value: written }),
      changed: !isSame,
      isShared: part !== 'all-profiles' && valueAt(raw, to.key) !== undefined,
      faults: after.kind === 'faulty' ? after.faults.map(describeFault) : [],
    };
    return isSame ? undefined : edited;
  });
  return result;
}

/**
 * Changes one setting of one profile in the settings file and keeps everything else.
 * @param value `undefined` takes the setting out of the profile's part: the top level, or the default, holds again.
 * @throws GatewayError `config.invalid` for a file that is not valid as it stands: then nothing is changed; `state.read-only`, `disk.full`.
 */
export function writeSetting<K extends keyof Settings & string>(
  path: string,
  profile: string,
  key: K,
  value: Settings[K] | undefined,
): void {
  loadConfig(path, profile, {});
  changeSetting(path, { profile }, [key], value);
}
