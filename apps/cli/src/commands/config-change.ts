import { text } from 'node:stream/consumers';
import {
  assertOwnFolders,
  type ChangedSetting,
  changeSetting,
  effectOf,
  findSetting,
  maskSetting,
  parseSetting,
  resolvePaths,
  type SettingKey,
  type SettingsPart,
  type TakesEffect,
  variableOf,
} from '@deskclaw/host';
import { type ExitCode, exitCodes, type GatewayStatus, type HostInfo } from '@deskclaw/protocol';
import { splitCommand } from '../command-line/split-command.ts';
import { UsageError } from '../exit.ts';
import { findAnyHost } from '../host/find-host.ts';
import type { Shell } from '../shell.ts';
import { unknownSetting } from './config.ts';

interface ChangeOptions {
  readonly allProfiles?: true | undefined;
  readonly add?: true | undefined;
}

/** When the change takes effect: for a host that runs, by its kind of setting; without one, at the next start. */
type Effect = TakesEffect | 'next-start';

interface RunningHost {
  readonly info: HostInfo;
  readonly status: GatewayStatus;
}

/** Lets a running host read its settings again. `undefined`: none runs, or it does not answer. */
async function notifyHost(shell: Shell): Promise<RunningHost | undefined> {
  const session = await findAnyHost(shell).catch(() => undefined);
  if (session === undefined) return undefined;
  try {
    const status = await session.client.call('gateway.status');
    await session.client.call('config.get').catch((error: unknown) => {
      shell.message(
        `The running host still uses its earlier settings: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
    return { info: session.info, status };
  } finally {
    session.client.close();
  }
}

function describeEffect(effect: Effect, host: RunningHost | undefined): string {
  switch (effect) {
    case 'next-start':
      return 'It takes effect at the next start.';
    case 'now':
      return 'It takes effect now.';
    case 'gateway-start':
      return host?.status.ownership === 'attached'
        ? 'It takes effect after: deskclaw stop && deskclaw start'
        : 'It takes effect after: deskclaw restart';
    case 'host-start':
      return host?.info.kind === 'background'
        ? 'It takes effect after: deskclaw stop && deskclaw start'
        : 'It takes effect when the program that runs the gateway is started again.';
    default:
      return effect satisfies never;
  }
}

/** Returns when the change takes effect: a gateway that is stopped takes it at its next start anyway. */
function effectIn(setting: SettingKey | undefined, host: RunningHost | undefined): Effect {
  if (setting === undefined || host === undefined) return 'next-start';
  const effect = effectOf(setting);
  return effect === 'gateway-start' && host.status.state === 'stopped' ? 'next-start' : effect;
}

/** A setting and the part of the file to change it in. `setting` is absent for a key that DeskClaw does not know. */
interface Target {
  readonly key: string;
  readonly setting: SettingKey | undefined;
  readonly keyPath: readonly string[];
  readonly path: string;
  readonly part: SettingsPart;
  /** In words. */
  readonly where: string;
}

function findTarget(shell: Shell, key: string, { allProfiles }: ChangeOptions): Target {
  const paths = resolvePaths({ name: shell.profile, env: shell.env });
  assertOwnFolders(paths, shell.env);
  const setting = findSetting(key);
  const part: SettingsPart = allProfiles === true ? 'all-profiles' : { profile: shell.profile };
  const where = part === 'all-profiles' ? 'all profiles' : `profile "${shell.profile}"`;
  return { key, setting, keyPath: setting?.path ?? key.split('.'), path: paths.config, part, where };
}

async function report(shell: Shell, target: Target, change: ChangedSetting, sentence: string): Promise<void> {
  const { key, keyPath, setting, path, part } = target;
  const host = change.changed ? await notifyHost(shell) : undefined;
  const takesEffect = effectIn(setting, host);
  const variable = setting === undefined ? undefined : variableOf(setting, shell.env);
  if (shell.json) {
    const shown = (each: unknown): unknown => (each === undefined ? null : maskSetting(keyPath, each));
    shell.document('config', {
      path,
      profile: part === 'all-profiles' ? null : part.profile,
      key,
      value: shown(change.value),
      previous: shown(change.before),
      changed: change.changed,
      ...(change.changed ? { takesEffect } : {}),
      ...(variable === undefined ? {} : { overriddenBy: variable }),
      faults: change.faults,
    });
    return;
  }
  shell.message(change.changed ? `${sentence} ${describeEffect(takesEffect, host)}` : sentence);
  if (variable !== undefined) shell.message(`${variable} is set in this environment and wins over the file.`);
  if (change.faults.length > 0)
    shell.message(
      `${path} has other faults, so the next start will refuse it:`,
      ...change.faults.map((fault) => `- ${fault}`),
    );
}

async function readWords(key: string, words: readonly string[]): Promise<readonly string[]> {
  const [first = ''] = words;
  if (words.length !== 1) return words;
  if (first === '-') return [(await text(process.stdin)).replace(/\r?\n$/, '')];
  if (key !== 'command' || first.trimStart().startsWith('[')) return words;
  // As `start --command` takes it: one line, split as a shell would.
  const split = splitCommand(first);
  if (split.ok) return split.argv;
  throw new UsageError(`At character ${String(split.at + 1)} of the command: ${split.fault}.`, 'config set');
}

/** Sets one setting in the settings file. `-` reads its value from standard input, so that a secret is in no list of processes. */
export async function configSet(
  shell: Shell,
  key: string,
  words: readonly string[],
  options: ChangeOptions,
): Promise<ExitCode> {
  const target = findTarget(shell, key, options);
  if (target.setting === undefined) throw unknownSetting(key, 'config set');
  if (options.add === true && target.setting.node.type !== 'array')
    throw new UsageError(`${key} is no list: --add has nothing to add to.`, 'config set');
  const parsed = parseSetting(target.setting, await readWords(key, words));
  if (!parsed.ok) throw new UsageError(parsed.message, 'config set');
  const change = changeSetting(target.path, target.part, target.keyPath, parsed.value, {
    addToList: options.add === true,
  });
  const shown = JSON.stringify(maskSetting(target.keyPath, change.value));
  const sentence = `${key} ${change.changed ? 'is now' : 'was already'} ${shown} for ${target.where}.`;
  await report(shell, target, change, sentence);
  return exitCodes.ok;
}

function notSet({ key, where }: Target, isShared: boolean): string {
  return isShared
    ? `${key} is not set for ${where}, but for all profiles. To take it out there: deskclaw config unset ${key} --all-profiles`
    : `${key} is not set for ${where}.`;
}

/** Takes one setting out of the settings file; also one that DeskClaw does not know. */
export async function configUnset(shell: Shell, key: string, options: ChangeOptions): Promise<ExitCode> {
  const target = findTarget(shell, key, options);
  const change = changeSetting(target.path, target.part, target.keyPath, undefined);
  if (!change.changed && target.setting === undefined) throw unknownSetting(key, 'config unset');
  const sentence = change.changed ? `${key} is no longer set for ${target.where}.` : notSet(target, change.isShared);
  await report(shell, target, change, sentence);
  // As git does: a key that is not set is told by the exit status.
  return change.changed ? exitCodes.ok : exitCodes.failure;
}
