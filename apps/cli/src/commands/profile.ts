import { createInterface } from 'node:readline/promises';
import {
  addProfile,
  assertOwnFolders,
  closestName,
  connectHost,
  DEFAULT_PROFILE,
  findOrphan,
  listProfiles,
  loadConfig,
  osKeyring,
  removeProfile,
  resolvePaths,
  selectProfile,
} from '@deskclaw/host';
import { type ExitCode, exitCodes, type GatewayStatus, type ListedProfile } from '@deskclaw/protocol';
import { UsageError } from '../exit.ts';
import { keyringCommand } from '../host/own-host.ts';
import { layTable, span } from '../output/layout.ts';
import type { Shell } from '../shell.ts';

const DEFAULT_PORT = 18_789;
/** A host on this machine answers in a few ms; one that hangs must not hide the others. */
const ASK_MS = 1_000;

interface ProfileState {
  /** `orphaned`: it runs without its host. `unknown`: its host does not answer. */
  readonly state: GatewayStatus['state'] | 'orphaned' | 'unknown';
  readonly pid?: number;
  readonly url?: string;
}

function stateWithoutHost(name: string, { env }: Shell): ProfileState {
  const orphan = findOrphan({ name, env });
  if (orphan === undefined) return { state: 'stopped' };
  const { pid, host, port } = orphan;
  return { state: 'orphaned', pid, url: `ws://${host}:${String(port)}/` };
}

async function stateOf(name: string, shell: Shell): Promise<ProfileState> {
  try {
    const client = await connectHost({ profile: name, env: shell.env, timeoutMs: ASK_MS });
    if (client === undefined) return stateWithoutHost(name, shell);
    try {
      const { state, pid, url } = await client.call('gateway.status');
      return { state, ...(pid === undefined ? {} : { pid }), ...(state === 'stopped' ? {} : { url }) };
    } finally {
      client.close();
    }
  } catch {
    return { state: 'unknown' };
  }
}

function ownProfiles(shell: Shell): readonly ListedProfile[] {
  assertOwnFolders(resolvePaths({ name: DEFAULT_PROFILE, env: shell.env }), shell.env);
  return listProfiles(shell.env);
}

/** Returns the names of the other profiles; none where the settings file cannot be read, which the start reports. */
export function otherProfiles({ env, profile }: Shell): readonly string[] {
  try {
    return listProfiles(env).flatMap(({ name }) => (name === profile ? [] : [name]));
  } catch {
    return [];
  }
}

/** @throws UsageError for a profile that does not exist, with the one that was probably meant. */
function checkKnown(shell: Shell, name: string, command: string): void {
  const names = ownProfiles(shell).map((each) => each.name);
  if (names.includes(name)) return;
  const meant = closestName(name, names);
  const hint = meant === undefined ? ` To add it: deskclaw profile add ${name}` : ` Did you mean "${meant}"?`;
  throw new UsageError(`There is no profile "${name}".${hint}`, command);
}

export async function profileList(shell: Shell): Promise<ExitCode> {
  const found = await Promise.all(
    ownProfiles(shell).map(async (profile) => ({ ...profile, gateway: await stateOf(profile.name, shell) })),
  );
  if (shell.json) {
    shell.document('profile-list', { profiles: found });
    return exitCodes.ok;
  }
  const { glyphs } = shell.out.style;
  const rows = found.map(({ name, selected, gateway: { state, pid, url } }) => [
    selected ? span(glyphs.arrow, 'accent') : '',
    span(name, selected ? 'strong' : undefined),
    span(
      state === 'unknown' ? 'does not answer' : state,
      state === 'running' ? 'good' : state === 'orphaned' ? 'warn' : 'dim',
    ),
    pid === undefined ? '' : `pid ${String(pid)}`,
    url ?? '',
  ]);
  shell.data(...layTable(rows, shell.out.style));
  return exitCodes.ok;
}

/** Returns the profile that already has the port of the new one: the two could not run at the same time. */
function samePort(shell: Shell, name: string): string | undefined {
  const { config } = resolvePaths({ name, env: shell.env });
  const portOf = (profile: string) => loadConfig(config, profile, {}).settings.port ?? DEFAULT_PORT;
  const port = portOf(name);
  return port === 0
    ? undefined
    : listProfiles(shell.env).find((each) => each.name !== name && portOf(each.name) === port)?.name;
}

export function profileAdd(shell: Shell, name: string, { port }: { readonly port?: number | undefined }): ExitCode {
  assertOwnFolders(resolvePaths({ name, env: shell.env }), shell.env);
  if (!addProfile(name, port, shell.env)) throw new UsageError(`The profile "${name}" exists already.`, 'profile');
  const other = samePort(shell, name);
  if (shell.json) {
    shell.document('profile-add', { name, ...(other === undefined ? {} : { samePortAs: other }) });
    return exitCodes.ok;
  }
  shell.message(`Added the profile "${name}". To start its gateway: deskclaw start --profile ${name}`);
  if (other !== undefined)
    shell.message(
      `Its port is that of "${other}": the two cannot run at the same time. To change it: deskclaw config set port ${String(DEFAULT_PORT + 1)} --profile ${name}`,
    );
  return exitCodes.ok;
}

export function profileUse(shell: Shell, name: string): ExitCode {
  checkKnown(shell, name, 'profile use');
  selectProfile(name, shell.env);
  const variable = shell.env['DESKCLAW_PROFILE'];
  const overridden = variable !== undefined && variable !== '' && variable !== name;
  if (shell.json) shell.document('profile-use', { name, ...(overridden ? { overriddenBy: 'DESKCLAW_PROFILE' } : {}) });
  else shell.message(`Commands that name no profile now use "${name}".`);
  if (overridden) shell.message(`DESKCLAW_PROFILE is set in this environment and wins.`);
  return exitCodes.ok;
}

/** What goes with a profile, besides small files. */
const ownFiles = 'the settings, tokens, logs, history, backups and built-in chats';

async function confirmRemoval(shell: Shell, name: string): Promise<boolean> {
  if (!process.stdin.isTTY || !shell.err.interactive || shell.json)
    throw new UsageError(`This removes ${ownFiles} of "${name}". Add --yes.`, 'profile remove');
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const question = shell.err.render(`Remove ${ownFiles} of "${name}"? [y/N] `);
    return /^y(es)?$/i.test((await prompt.question(question)).trim());
  } finally {
    prompt.close();
  }
}

export async function profileRemove(
  shell: Shell,
  name: string,
  { yes }: { readonly yes?: true | undefined },
): Promise<ExitCode> {
  checkKnown(shell, name, 'profile remove');
  if (name === DEFAULT_PROFILE) throw new UsageError('The profile "default" cannot be removed.', 'profile remove');
  if (yes !== true && !(await confirmRemoval(shell, name))) {
    shell.message('Nothing was removed.');
    return exitCodes.failure;
  }
  const { env } = shell;
  const keyring = osKeyring({ command: keyringCommand(), env });
  const { removed, wasSelected } = await removeProfile(name, { env, keyring });
  if (shell.json) shell.document('profile-remove', { name, removed, wasSelected });
  else shell.message(`Removed the profile "${name}".`);
  if (wasSelected) shell.message('Commands that name no profile now use "default".');
  return exitCodes.ok;
}
