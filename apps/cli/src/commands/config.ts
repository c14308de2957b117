import { configJsonSchema, loadConfig, resolvePaths } from '@deskclaw/core';
import { type ExitCode, exitCodes, isObject } from '@deskclaw/protocol';
import { layTable } from '../output/table.ts';
import type { Shell } from '../shell.ts';

export function configPath(shell: Shell): ExitCode {
  const path = resolvePaths({ name: shell.profile, env: shell.env }).config;
  if (shell.json) shell.document('config-path', { path });
  else shell.data(path);
  return exitCodes.ok;
}

/** Bare, with or without `--json`: it is a document of another standard, to be kept as it is. */
export function configSchema(shell: Shell): ExitCode {
  shell.data(JSON.stringify(configJsonSchema(), undefined, 2));
  return exitCodes.ok;
}

function pick(settings: unknown, key: string): unknown {
  return key.split('.').reduce<unknown>((value, part) => (isObject(value) ? value[part] : undefined), settings);
}

/** `reconnect.maxAttempts  10`: every leaf by the key that gets it. */
function leaves(value: unknown, prefix: string): readonly (readonly [string, string])[] {
  if (!isObject(value)) return [[prefix, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, each]) => leaves(each, prefix === '' ? key : `${prefix}.${key}`));
}

/** Read from the file and the environment, whether a host runs or not: what holds at the next start. */
export function configGet(shell: Shell, key: string | undefined): ExitCode {
  const path = resolvePaths({ name: shell.profile, env: shell.env }).config;
  const { settings, warnings } = loadConfig(path, shell.profile, shell.env);
  shell.message(...warnings);
  const value = key === undefined ? settings : pick(settings, key);
  if (shell.json)
    shell.document('config', { path, ...(key === undefined ? { config: value } : { key, value: value ?? null }) });
  else if (value === undefined) shell.message(`"${key ?? ''}" is not set in ${path}: its default holds.`);
  else if (key !== undefined && !isObject(value)) shell.data(typeof value === 'string' ? value : JSON.stringify(value));
  else if (Object.keys(settings).length === 0) shell.message(`Nothing is set in ${path}: the defaults hold.`);
  else shell.data(...layTable(leaves(value, key ?? ''), shell.out.style));
  // As git does: a key that is not set is told by the exit status.
  return value === undefined ? exitCodes.failure : exitCodes.ok;
}
