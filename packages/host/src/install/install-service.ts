import { type Environment, GatewayError, nodeClock } from '@deskclaw/core';
import { chooseRuntime, discoverOpenClaw, type NodeRuntime } from '@deskclaw/openclaw';
import { describeProblem } from '@deskclaw/protocol';
import { loadConfig } from '../profile/config.ts';
import { writeSetting } from '../profile/edit-config.ts';
import { assertOwnFolders } from '../profile/own-folders.ts';
import { resolvePaths } from '../profile/paths.ts';
import { type InstallOptions, type InstallResult, installOpenClaw } from './install.ts';
import { type InstalledOpenClaw, type Inventory, knownGoodPath, readInventory } from './inventory.ts';
import type { Machine } from './layout.ts';
import { type InstallLayout, installLayout } from './layout.ts';
import { installPorts, thisMachine } from './node-ports.ts';
import { chooseOpenClaw, type OpenClawChoice } from './select-version.ts';

/** A profile and the environment its paths come from. All profiles share the installed versions; each selects its own. */
export interface ProfileRef {
  readonly name: string;
  readonly env: Environment;
}

export interface ListedVersion extends InstalledOpenClaw {
  /** Whether the next start of this profile runs it. */
  readonly inUse: boolean;
  /** The Node it would run on now; `undefined` if none on this machine fits. */
  readonly runsOn: NodeRuntime | undefined;
}

/** An OpenClaw that the user installed, and by which command or folder it is found. */
export interface UserOpenClaw {
  readonly version: string;
  readonly by: string;
  readonly inUse: boolean;
  /** A semver range. */
  readonly neededNode: string;
}

export interface OpenClawList {
  readonly folder: string;
  readonly versions: readonly ListedVersion[];
  readonly nodes: readonly (Inventory['nodes'][number] & { readonly bytes: number })[];
  readonly own: UserOpenClaw | undefined;
  readonly choice: OpenClawChoice;
  /** Folders of installations that did not end, or that are under way. */
  readonly drafts: readonly string[];
}

interface InstallLocation {
  readonly machine: Machine;
  readonly layout: InstallLayout;
  readonly config: string;
}

function locateInstall(profile: ProfileRef): InstallLocation {
  const paths = resolvePaths(profile);
  assertOwnFolders(paths, profile.env);
  const machine = thisMachine(profile.env);
  return { machine, layout: installLayout(paths.data, machine.platform), config: paths.config };
}

/** Lists the installed versions, the one that the next start of the profile runs, and the Node of each. @throws GatewayError `config.invalid` */
export async function listOpenClaws(profile: ProfileRef): Promise<OpenClawList> {
  const { machine, layout, config } = locateInstall(profile);
  const ports = installPorts(profile.env);
  const inventory = await readInventory(layout, ports.files, machine);
  const { settings } = loadConfig(config, profile.name, profile.env);
  const named = settings.openclaw !== undefined && 'path' in settings.openclaw ? settings.openclaw.path : undefined;
  const found = await discoverOpenClaw(named, machine, ports.files);
  const choice = await chooseOpenClaw(settings.openclaw, inventory, () => Promise.resolve(found.kind === 'found'));
  const inUse = choice.kind === 'managed' ? choice.installed.version : undefined;
  const { self } = machine;
  const installedNodes = inventory.nodes.map(({ file }) => file);
  const versions: ListedVersion[] = [];
  for (const each of inventory.versions) {
    const options = { needed: each.package.neededNode, installed: installedNodes, ...(self && { self }) };
    const node = await chooseRuntime(options, machine, ports);
    const runsOn = node.kind === 'chosen' ? node.runtime : undefined;
    versions.push({ ...each, inUse: each.version === inUse, runsOn });
  }
  const ownInUse = choice.kind === 'own' || choice.kind === 'named';
  const own =
    found.kind === 'found'
      ? {
          version: found.package.version,
          by: found.by,
          inUse: ownInUse,
          neededNode: found.package.neededNode,
        }
      : undefined;
  const nodes = await Promise.all(
    inventory.nodes.map(async (node) => ({ ...node, bytes: await ports.folders.usedBytes(node.folder) })),
  );
  return { folder: layout.versions, versions, nodes, own, choice, drafts: inventory.drafts };
}

/**
 * Installs one, and chooses it for the profile where nothing else is chosen or found.
 * @throws GatewayError as `installOpenClaw`
 */
export async function installForProfile(
  options: InstallOptions,
  profile: ProfileRef,
): Promise<InstallResult & { readonly inUse: boolean }> {
  const { machine, layout, config } = locateInstall(profile);
  const before = await listOpenClaws(profile);
  const installation = await installOpenClaw(options, layout, machine, installPorts(profile.env));
  const { version } = installation.installed;
  const nothingChosen = before.choice.kind === 'own' && before.own === undefined;
  if (nothingChosen) writeSetting(config, profile.name, 'openclaw', { version });
  const inUse = before.choice.kind === 'managed' && before.choice.installed.version === version;
  return {
    ...installation,
    inUse: nothingChosen || inUse || (before.choice.kind === 'missing' && before.choice.version === version),
  };
}

/** @throws GatewayError `config.invalid` where the environment names an OpenClaw: it would win over any choice. */
export function rejectEnvironmentOverride({ env }: ProfileRef): void {
  const named = env['DESKCLAW_OPENCLAW'];
  if (named === undefined || named === '') return;
  const fault = `it names ${named}, which wins over any choice: unset it first`;
  const facts = { source: 'DESKCLAW_OPENCLAW', fault };
  throw new GatewayError(describeProblem('config.invalid', facts, nodeClock.wallTime()));
}

/**
 * Chooses an installed version for the profile's next start.
 * @throws GatewayError `openclaw.version-missing`, `config.invalid` where the environment names another, `state.read-only`, `disk.full`
 */
export async function selectOpenClaw(version: string, profile: ProfileRef): Promise<InstalledOpenClaw> {
  const { machine, layout, config } = locateInstall(profile);
  const { versions } = await readInventory(layout, installPorts(profile.env).files, machine);
  const installed = versions.find((each) => each.version === version);
  const at = nodeClock.wallTime();
  if (installed === undefined) {
    const facts = { version, installed: versions.map((each) => each.version) };
    throw new GatewayError(describeProblem('openclaw.version-missing', facts, at));
  }
  rejectEnvironmentOverride(profile);
  writeSetting(config, profile.name, 'openclaw', { version });
  return installed;
}

/**
 * Notes that a gateway of this version was ready here, the first time it was.
 * @param root the package that ran; nothing is noted of one that is not kept here.
 */
export async function recordKnownGood(root: string, profile: ProfileRef): Promise<void> {
  const { machine, layout } = locateInstall(profile);
  const { files, folders } = installPorts(profile.env);
  const { versions } = await readInventory(layout, files, machine);
  const installed = versions.find((each) => each.package.root === root);
  if (installed === undefined || installed.knownGoodAt !== undefined) return;
  await folders.write(knownGoodPath(installed.folder, layout), JSON.stringify({ at: nodeClock.wallTime() }));
}
