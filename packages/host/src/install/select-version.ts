import { nodeClock } from '@deskclaw/core';
import { nodeFiles } from '@deskclaw/core/internal';
import { discoverOpenClaw, type PrepareInput } from '@deskclaw/openclaw';
import { describeProblem, type Problem } from '@deskclaw/protocol';
import type { Settings } from '../profile/config.ts';
import { type InstalledOpenClaw, type Inventory, readInventory } from './inventory.ts';
import { installLayout, type Machine } from './layout.ts';

/** The OpenClaw that a start runs. */
export type OpenClawChoice =
  /** A setting names a path. */
  | { readonly kind: 'named'; readonly path: string }
  /** A version installed by DeskClaw: chosen by a setting, or the only OpenClaw on the machine. */
  | { readonly kind: 'managed'; readonly installed: InstalledOpenClaw; readonly reason: 'chosen' | 'only-one-here' }
  /** Nothing is selected: the user's own OpenClaw, if one is found. */
  | { readonly kind: 'own' }
  | { readonly kind: 'missing'; readonly version: string; readonly installed: readonly string[] };

/**
 * A setting wins; without one the user's own OpenClaw, if there is one; else the newest that is kept here.
 * @param hasUserOpenClaw asked only where it matters.
 */
export async function chooseOpenClaw(
  setting: Settings['openclaw'],
  inventory: Inventory,
  hasUserOpenClaw: () => Promise<boolean>,
): Promise<OpenClawChoice> {
  if (setting !== undefined && 'path' in setting) return { kind: 'named', path: setting.path };
  if (setting !== undefined) {
    const installed = inventory.versions.find(({ version }) => version === setting.version);
    if (installed !== undefined) return { kind: 'managed', installed, reason: 'chosen' };
    return {
      kind: 'missing',
      version: setting.version,
      installed: inventory.versions.map(({ version }) => version),
    };
  }
  const [newest] = inventory.versions;
  if (newest === undefined || (await hasUserOpenClaw())) return { kind: 'own' };
  return { kind: 'managed', installed: newest, reason: 'only-one-here' };
}

/** @param at epoch ms. */
export function versionMissingProblem(choice: Extract<OpenClawChoice, { kind: 'missing' }>, at: number): Problem {
  return describeProblem('openclaw.version-missing', { version: choice.version, installed: choice.installed }, at);
}

export type VersionSelection =
  | { readonly ok: true; readonly input: Pick<PrepareInput, 'openclaw' | 'installedNodes'> }
  | { readonly ok: false; readonly problem: Problem };

/** Selects the OpenClaw that a start on this machine runs, and the installed Nodes it may run on. */
export async function selectVersion(
  setting: Settings['openclaw'],
  data: string,
  machine: Machine,
): Promise<VersionSelection> {
  const inventory = await readInventory(installLayout(data, machine.platform), nodeFiles, machine);
  const hasUserOpenClaw = async () => (await discoverOpenClaw(undefined, machine, nodeFiles)).kind === 'found';
  const choice = await chooseOpenClaw(setting, inventory, hasUserOpenClaw);
  const installedNodes = inventory.nodes.map(({ file }) => file);
  switch (choice.kind) {
    case 'named':
      return { ok: true, input: { openclaw: choice.path, installedNodes } };
    case 'managed':
      return { ok: true, input: { openclaw: choice.installed.package.root, installedNodes } };
    case 'own':
      return { ok: true, input: { installedNodes } };
    case 'missing':
      return { ok: false, problem: versionMissingProblem(choice, nodeClock.wallTime()) };
    default:
      return choice satisfies never;
  }
}
