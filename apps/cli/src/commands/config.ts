import { GatewayError } from '@deskclaw/core';
import {
  assertOwnFolders,
  configJsonSchema,
  findSetting,
  type ListedSetting,
  listSettings,
  loadConfig,
  maskSettings,
  resolvePaths,
  suggestSetting,
} from '@deskclaw/host';
import { type ExitCode, exitCodes, isObject } from '@deskclaw/protocol';
import { UsageError } from '../exit.ts';
import { layTable, type Span, span, wrapWords } from '../output/layout.ts';
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

/** @throws UsageError for a key that names no setting, with the one that was probably meant. */
export function unknownSetting(key: string, command: string): UsageError {
  const meant = suggestSetting(key);
  const hint = meant === undefined ? '' : ` Did you mean "${meant}"?`;
  return new UsageError(`There is no setting "${key}".${hint} All settings: deskclaw config list --all`, command);
}

function pick(settings: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, part) => (isObject(value) && Object.hasOwn(value, part) ? value[part] : undefined),
    settings,
  );
}

/** Returns every leaf with its key, for example `reconnect.maxAttempts  10`. */
function leaves(value: unknown, prefix: string): readonly (readonly [string, string])[] {
  if (!isObject(value)) return [[prefix, JSON.stringify(value)]];
  return Object.entries(value).flatMap(([key, each]) => leaves(each, prefix === '' ? key : `${prefix}.${key}`));
}

function settingsPath(shell: Shell): string {
  const paths = resolvePaths({ name: shell.profile, env: shell.env });
  assertOwnFolders(paths, shell.env);
  return paths.config;
}

/** Reads the file and the environment, with or without a host: the settings of the next start. Secrets are masked. */
export function configGet(shell: Shell, key: string | undefined): ExitCode {
  const path = settingsPath(shell);
  const { settings: open, warnings } = loadConfig(path, shell.profile, shell.env);
  shell.message(...warnings);
  const found = key === undefined ? undefined : findSetting(key);
  if (key !== undefined && found === undefined) throw unknownSetting(key, 'config get');
  const settings = maskSettings(open);
  const value = found === undefined ? settings : pick(settings, found.path);
  if (JSON.stringify(value) !== JSON.stringify(found === undefined ? open : pick(open, found.path)))
    shell.message(`Secret values are not shown; they are in ${path}`);
  if (shell.json)
    shell.document('config', { path, ...(key === undefined ? { config: value } : { key, value: value ?? null }) });
  else if (value === undefined) shell.message(`"${key ?? ''}" is not set in ${path}. Its default applies.`);
  else if (key !== undefined && !isObject(value)) shell.data(typeof value === 'string' ? value : JSON.stringify(value));
  else if (Object.keys(settings).length === 0) shell.message(`Nothing is set in ${path}. The defaults apply.`);
  else shell.data(...layTable(leaves(value, key ?? ''), shell.out.style));
  // As git does: a key that is not set is told by the exit status.
  return value === undefined ? exitCodes.failure : exitCodes.ok;
}

function sourceOf(setting: ListedSetting, profile: string): string {
  switch (setting.from) {
    case 'environment':
      return setting.variable ?? 'environment';
    case 'profile':
      return `profile ${profile}`;
    case 'all-profiles':
      return 'all profiles';
    case 'default':
      return 'default';
    default:
      return setting.from satisfies never;
  }
}

function describeSetting(shell: Shell, setting: ListedSetting): readonly string[] {
  const { style, columns = Number.POSITIVE_INFINITY } = shell.out;
  const value =
    setting.value === undefined ? 'not set' : `${JSON.stringify(setting.value)} (${sourceOf(setting, shell.profile)})`;
  const about = [setting.description, `Takes ${setting.type}.`].filter((text) => text !== undefined).join(' ');
  return [
    `${style.paint(setting.key, 'strong')}  ${style.paint(value, setting.value === undefined ? 'dim' : undefined)}`,
    ...wrapWords(about, Math.max(20, columns - 4)).map((line) => `    ${line}`),
  ];
}

export function configList(shell: Shell, { all }: { readonly all?: true | undefined }): ExitCode {
  const path = settingsPath(shell);
  shell.message(...loadConfig(path, shell.profile, shell.env).warnings);
  const settings = listSettings(path, shell.profile, shell.env).filter(
    ({ value }) => all === true || value !== undefined,
  );
  if (shell.json) shell.document('config', { path, profile: shell.profile, settings });
  else if (settings.length === 0) shell.message(`Nothing is set in ${path}. All settings: deskclaw config list --all`);
  else if (all === true) shell.data(...settings.flatMap((setting) => describeSetting(shell, setting)));
  else {
    const rows = settings.map((setting): readonly (Span | string)[] => [
      setting.key,
      JSON.stringify(setting.value),
      span(sourceOf(setting, shell.profile), 'dim'),
    ]);
    shell.data(...layTable(rows, shell.out.style));
  }
  return exitCodes.ok;
}

/** Says which settings are ignored. Settings that cannot be read are the error of the command itself. */
export function warnOfSettings(shell: Shell): void {
  try {
    shell.message(...loadConfig(settingsPath(shell), shell.profile, shell.env).warnings);
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
  }
}
