import { assertOwnFolders, configJsonSchema, loadConfig, resolvePaths } from '@deskclaw/host';
import { type ExitCode, exitCodes, isObject } from '@deskclaw/protocol';
import { layTable } from '../output/layout.ts';
import type { Shell } from '../shell.ts';

export function configPath(shell: Shell): ExitCode {
  const path = resolvePaths({ name: shell.profile, env: shell.env }).config;
  if (shell.json) shell.document('config-path', { path });
  else shell.data(path);
  return exitCodes.ok;
}

/** Bare, with or without `--json`: it is a document of another standard, to be kept as it is. */
export function configSchema(shell: Shell): ExitCode {
  shell.data(...JSON.stringify(configJsonSchema(), undefined, 2).split('\n'));
  return exitCodes.ok;
}

function pick(settings: unknown, key: string): unknown {
  return key.split('.').reduce<unknown>((value, part) => (isObject(value) ? value[part] : undefined), settings);
}

/** Returns every leaf with its key, for example `reconnect.maxAttempts  10`. */
function leaves(value: unknown, prefix: string): readonly (readonly [string, string])[] {
  if (!isObject(value)) return [[prefix, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, each]) => leaves(each, prefix === '' ? key : `${prefix}.${key}`));
}

/** Reads the file and the environment, with or without a host: the settings of the next start. */
export function configGet(shell: Shell, key: string | undefined): ExitCode {
  const paths = resolvePaths({ name: shell.profile, env: shell.env });
  assertOwnFolders(paths, shell.env);
  const path = paths.config;
  const { settings, warnings } = loadConfig(path, shell.profile, shell.env);
  shell.message(...warnings);
  const value = key === undefined ? settings : pick(settings, key);
  if (shell.json)
    shell.document('config', { path, ...(key === undefined ? { config: value } : { key, value: value ?? null }) });
  else if (value === undefined) shell.message(`"${key ?? ''}" is not set in ${path}. Its default applies.`);
  else if (key !== undefined && !isObject(value)) shell.data(typeof value === 'string' ? value : JSON.stringify(value));
  else if (Object.keys(settings).length === 0) shell.message(`Nothing is set in ${path}. The defaults apply.`);
  else shell.data(...layTable(leaves(value, key ?? ''), shell.out.style));
  // As git does: a key that is not set is told by the exit status.
  return value === undefined ? exitCodes.failure : exitCodes.ok;
}
