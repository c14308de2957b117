import { readlinkSync } from 'node:fs';
import { type Environment, errorCode, GatewayError, nodeClock } from '@deskclaw/core';
import { cutText, describeProblem, isObject } from '@deskclaw/protocol';
import * as z from 'zod/mini';
import { valueAt } from '../schema/json-edit.ts';
import type { DeviceKeysChoice } from './device-file.ts';
import { readTextFile } from './read-text-file.ts';
import { describeFault, readSettings, type SettingsFault } from './settings-file.ts';
import { portSchema, type Settings, type SettingsFile, settingsSchema } from './settings-schema.ts';
import { expandHome, homeFolder, pathRules } from './user-paths.ts';

export type { Settings } from './settings-schema.ts';

/** More commands than these help nobody. */
const MAX_FIXES = 5;
const MAX_SHOWN_FAULTS = 20;
/** Characters of one fault. */
const LONGEST_FAULT = 300;

export interface LoadedConfig {
  readonly path: string;
  readonly settings: Settings;
  /** Messages about ignored settings: an unknown key is reported, never fatal. */
  readonly warnings: readonly string[];
}

/**
 * With `DESKCLAW_HOME`, all data is in one portable folder, so the key is stored there too, unless the user sets
 * otherwise.
 */
export function deviceKeysChoice(settings: Settings, env: Environment): DeviceKeysChoice {
  const isOneFolder = env['DESKCLAW_HOME'] !== undefined && env['DESKCLAW_HOME'] !== '';
  return settings.deviceKeys ?? (isOneFolder ? 'file' : 'keyring');
}

function invalid(source: string, fault: string): GatewayError {
  return new GatewayError(describeProblem('config.invalid', { source, fault }, nodeClock.wallTime()));
}

/** Returns the text of a settings file; `undefined`: there is none. @throws GatewayError `config.invalid` for one that cannot be read */
export function readText(path: string): string | undefined {
  try {
    return readTextFile(path);
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw invalid(path, `it cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Returns the problem of a settings file with all its faults. */
export function settingsProblem(path: string, faults: readonly SettingsFault[]): GatewayError {
  const sentences = faults.map((each) => cutText(describeFault(each), LONGEST_FAULT));
  const shown = sentences.slice(0, MAX_SHOWN_FAULTS).map((each) => `- ${each}`);
  if (sentences.length > shown.length) shown.push(`and ${String(sentences.length - shown.length)} more`);
  const [only] = sentences;
  const fault =
    sentences.length === 1 && only !== undefined
      ? only
      : `it has ${String(sentences.length)} faults:\n${shown.join('\n')}`;
  const fixes = faults.flatMap(({ fix }) => (fix === undefined ? [] : [fix])).slice(0, MAX_FIXES);
  const facts = { source: path, fault, ...(fixes.length === 0 ? {} : { fixes }) };
  return new GatewayError(describeProblem('config.invalid', facts, nodeClock.wallTime()));
}

function parseFile(path: string, text: string): { readonly file: SettingsFile; readonly warnings: readonly string[] } {
  const read = readSettings(text);
  if (read.kind === 'faulty') throw settingsProblem(path, read.faults);
  return { file: read.file, warnings: read.warnings.map((warning) => `${path}: ${warning}`) };
}

function portFrom(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !z.safeParse(portSchema, value).success)
    throw invalid('DESKCLAW_PORT', `"${text}" is not a port (0 to 65535)`);
  return value;
}

function fromEnvironment(env: Environment): Settings {
  const gateway = env['DESKCLAW_GATEWAY'];
  const portText = env['DESKCLAW_PORT'];
  const path = env['DESKCLAW_OPENCLAW'];
  const trusted = env['DESKCLAW_TRUST_USERS'];
  const unknownPeers = env['DESKCLAW_TRUST_UNKNOWN_PEERS'];
  if (unknownPeers !== undefined && !['', 'true', 'false'].includes(unknownPeers))
    throw invalid('DESKCLAW_TRUST_UNKNOWN_PEERS', `"${unknownPeers}" is neither "true" nor "false"`);
  if (gateway !== undefined && gateway !== '' && gateway !== 'openclaw' && gateway !== 'builtin') {
    throw invalid('DESKCLAW_GATEWAY', `"${gateway}" is neither "openclaw" nor "builtin"`);
  }
  const deviceKeys = env['DESKCLAW_DEVICE_KEYS'];
  if (deviceKeys !== undefined && deviceKeys !== '' && deviceKeys !== 'keyring' && deviceKeys !== 'file') {
    throw invalid('DESKCLAW_DEVICE_KEYS', `"${deviceKeys}" is neither "keyring" nor "file"`);
  }
  return {
    ...(gateway === undefined || gateway === '' ? {} : { gateway }),
    ...(deviceKeys === undefined || deviceKeys === '' ? {} : { deviceKeys }),
    ...(path === undefined || path === '' ? {} : { openclaw: { path } }),
    ...(unknownPeers === undefined || unknownPeers === '' ? {} : { trustUnknownPeers: unknownPeers === 'true' }),
    ...(trusted === undefined || trusted === '' ? {} : { trustUsers: trusted.split(',').map((user) => user.trim()) }),
    ...(portText === undefined || portText === '' ? {} : { port: portFrom(portText) }),
  };
}

/**
 * Expands `~/` in the paths of a profile.
 * @throws GatewayError `config.invalid` for a relative working folder: it would depend on where the host stands.
 */
function expandPaths(settings: Settings, source: string, env: Environment): Settings {
  const { platform } = process;
  const home = homeFolder(env, platform);
  const expand = (path: string) => expandHome(path, home, platform);
  const { cwd, command, openclaw: chosen } = settings;
  if (cwd !== undefined && !pathRules(platform).isAbsolute(expand(cwd)))
    throw invalid(source, `cwd: "${cwd}" is relative; an absolute path or ~/... is needed`);
  const [program, ...args] = command ?? [];
  return {
    ...settings,
    ...(cwd === undefined ? {} : { cwd: expand(cwd) }),
    ...(program === undefined ? {} : { command: [expand(program), ...args] }),
    ...(chosen !== undefined && 'path' in chosen ? { openclaw: { path: expand(chosen.path) } } : {}),
  };
}

/** Returns the settings of a profile: its own over those of all profiles, key by key within a group. */
function mergeSettings({ profiles, $schema: _schema, ...base }: SettingsFile, profile: string): Settings {
  const own = profiles !== undefined && Object.hasOwn(profiles, profile) ? (profiles[profile] ?? {}) : {};
  const merged = Object.entries(own).map(([key, value]) => {
    const below = valueAt(base, [key]);
    return [key, isObject(value) && isObject(below) && key !== 'openclaw' ? { ...below, ...value } : value];
  });
  return z.parse(settingsSchema, { ...base, ...Object.fromEntries(merged) });
}

/** Returns the whole settings file; empty if there is none. @throws GatewayError `config.invalid` */
export function readSettingsFile(path: string): SettingsFile {
  const text = readText(path);
  return text === undefined ? {} : parseFile(path, text).file;
}

/** A link that leads nowhere holds no settings, and its author thinks that it does. */
function brokenLink(path: string): readonly string[] {
  try {
    return [`${path} is a link to ${readlinkSync(path)}, which does not exist: no settings are read from it`];
  } catch {
    return [];
  }
}

/**
 * Settings of a profile: environment over the profile's part of the file over the file's own top level.
 * @throws GatewayError `config.invalid`, naming the file or variable and every fault.
 */
export function loadConfig(path: string, profile: string, env: Environment): LoadedConfig {
  const text = readText(path);
  const { file, warnings } = text === undefined ? { file: {}, warnings: brokenLink(path) } : parseFile(path, text);
  const settings = { ...mergeSettings(file, profile), ...fromEnvironment(env) };
  return { path, warnings, settings: expandPaths(settings, path, env) };
}
