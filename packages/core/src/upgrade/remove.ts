import { describeProblem } from '@deskclaw/protocol';
import { satisfies } from 'semver';
import { GatewayError } from '../errors/gateway-error.ts';
import { type ForProfile, listOpenClaws, type OpenClawList } from '../managed/here.ts';
import type { InstallPorts } from '../managed/install.ts';
import { diskProblem } from '../managed/install-problems.ts';
import { type ManagedLayout, managedLayout } from '../managed/layout.ts';
import { machinePorts, thisMachine } from '../managed/on-this-machine.ts';
import { takeTurn } from '../managed/turn.ts';
import { resolvePaths } from '../profile/paths.ts';
import { upgradeLock } from './settle.ts';
import { usesOf, useWords } from './version-uses.ts';

export interface RemovalWish {
  readonly version: string;
  /** Also one that the next start or a rollback would need; one that runs never. */
  readonly force: boolean;
  readonly signal?: AbortSignal;
  /** Another process is at work in the same place. */
  readonly onWaiting?: (pid: number | undefined) => void;
}

export interface Removal {
  readonly version: string;
  readonly freedBytes: number;
  /** Nodes that went with it: nothing that is left runs on them. */
  readonly nodes: readonly string[];
  /** What needed it all the same, in words. */
  readonly needed: readonly string[];
}

/**
 * Removes one version, and each Node of ours that nothing else runs on. Cut off anywhere, it is either whole or not offered any
 * more, and the next installation clears away what is left.
 * @throws GatewayError `openclaw.version-missing`, `openclaw.needed`, `aborted`, `state.read-only`, and what looking into the profiles throws.
 */
export async function removeOpenClaw(wish: RemovalWish, who: ForProfile): Promise<Removal> {
  const paths = resolvePaths(who);
  const ports = machinePorts(who.env);
  const layout = managedLayout(paths.data, thisMachine(who.env).platform);
  const releases: (() => void)[] = [];
  try {
    for (const lock of [upgradeLock(paths), layout.lock]) {
      releases.push(await takeTurn(lock, ports, wish.signal, (pid) => wish.onWaiting?.(pid)));
    }
    return await remove(wish, who, layout, ports);
  } catch (error) {
    throw diskProblem(error, layout.versions, ports.clock.wallTime());
  } finally {
    for (const release of releases.reverse()) release();
  }
}

async function remove(
  { version, force }: RemovalWish,
  who: ForProfile,
  layout: ManagedLayout,
  ports: InstallPorts,
): Promise<Removal> {
  const list = await listOpenClaws(who);
  const found = list.versions.find((each) => each.version === version);
  const at = ports.clock.wallTime();
  if (found === undefined) {
    const facts = { version, installed: list.versions.map((each) => each.version), unwanted: true } as const;
    throw new GatewayError(describeProblem('openclaw.version-missing', facts, at));
  }
  const uses = await usesOf(version, found.package.root, who, ports.files);
  const needed = uses.map((use) => useWords(use, who));
  const runs = uses.some(({ as }) => as === 'running');
  if (runs || (needed.length > 0 && !force)) {
    throw new GatewayError(describeProblem('openclaw.needed', { version, needed, runs }, at));
  }
  const idle = idleNodes(list, version);
  let freedBytes = 0;
  for (const folder of [found.folder, ...idle.map((node) => node.folder)]) {
    freedBytes += await ports.folders.usedBytes(folder);
    await takeAway(folder, layout, ports);
  }
  return { version, freedBytes, nodes: idle.map((node) => node.version), needed };
}

/** Nodes of ours that fit nothing but the version that goes. */
function idleNodes(list: OpenClawList, version: string): OpenClawList['nodes'] {
  const rest = list.versions.filter((each) => each.version !== version).map((each) => each.package.neededNode);
  const needs = list.own === undefined ? rest : [...rest, list.own.neededNode];
  return list.nodes.filter((node) => !needs.some((needed) => satisfies(node.version, needed)));
}

/** Out of its place first, in one step: what is half removed is no version. */
async function takeAway(folder: string, layout: ManagedLayout, ports: InstallPorts): Promise<void> {
  const draft = layout.path.join(layout.drafts, ports.random.uuid());
  await ports.folders.make(layout.drafts);
  await ports.folders.move(folder, draft);
  await ports.folders.remove(draft);
}
