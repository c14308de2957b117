import { GatewayError } from '@deskclaw/core';
import { describeProblem } from '@deskclaw/protocol';
import { satisfies } from 'semver';
import type { InstallPorts } from '../install/install.ts';
import { acquireLock } from '../install/install-lock.ts';
import { toDiskError } from '../install/install-problems.ts';
import { listOpenClaws, type OpenClawList, type ProfileRef } from '../install/install-service.ts';
import { type InstallLayout, installLayout } from '../install/layout.ts';
import { installPorts, thisMachine } from '../install/node-ports.ts';
import { resolvePaths } from '../profile/paths.ts';
import { upgradeLockPath } from './resume-interrupted.ts';
import { describeUse, findVersionUses } from './version-uses.ts';

export interface RemoveOptions {
  readonly version: string;
  /** Also remove a version that the next start or a rollback needs. A running version is never removed. */
  readonly force: boolean;
  readonly signal?: AbortSignal;
  /** Another process is at work in the same place. */
  readonly onWaiting?: (pid: number | undefined) => void;
}

export interface RemoveResult {
  readonly version: string;
  readonly freedBytes: number;
  /** Versions of the Nodes that were removed too, because nothing else runs on them. */
  readonly nodes: readonly string[];
  /** Descriptions of what still needed the version. */
  readonly needed: readonly string[];
}

/**
 * Removes one version, and each Node of ours that nothing else runs on. Cut off anywhere, it is either whole or not offered any
 * more, and the next installation clears away what is left.
 * @throws GatewayError `openclaw.version-missing`, `openclaw.needed`, `aborted`, `state.read-only`, and what looking into the profiles throws.
 */
export async function removeOpenClaw(options: RemoveOptions, profile: ProfileRef): Promise<RemoveResult> {
  const paths = resolvePaths(profile);
  const ports = installPorts(profile.env);
  const layout = installLayout(paths.data, thisMachine(profile.env).platform);
  const releases: (() => void)[] = [];
  try {
    for (const lock of [upgradeLockPath(paths), layout.lock]) {
      releases.push(await acquireLock(lock, ports, options.signal, (pid) => options.onWaiting?.(pid)));
    }
    return await remove(options, profile, layout, ports);
  } catch (error) {
    throw toDiskError(error, layout.versions, ports.clock.wallTime());
  } finally {
    for (const release of releases.reverse()) release();
  }
}

async function remove(
  { version, force }: RemoveOptions,
  profile: ProfileRef,
  layout: InstallLayout,
  ports: InstallPorts,
): Promise<RemoveResult> {
  const list = await listOpenClaws(profile);
  const found = list.versions.find((each) => each.version === version);
  const at = ports.clock.wallTime();
  if (found === undefined) {
    const facts = { version, installed: list.versions.map((each) => each.version), unwanted: true } as const;
    throw new GatewayError(describeProblem('openclaw.version-missing', facts, at));
  }
  const uses = await findVersionUses(version, found.package.root, profile, ports.files);
  const needed = uses.map((use) => describeUse(use, profile));
  const runs = uses.some(({ use }) => use === 'running');
  if (runs || (needed.length > 0 && !force)) {
    throw new GatewayError(describeProblem('openclaw.needed', { version, needed, runs }, at));
  }
  const idle = unusedNodes(list, version);
  let freedBytes = 0;
  for (const folder of [found.folder, ...idle.map((node) => node.folder)]) {
    freedBytes += await ports.folders.usedBytes(folder);
    await removeFolder(folder, layout, ports);
  }
  return { version, freedBytes, nodes: idle.map((node) => node.version), needed };
}

/** Installed Nodes that no other version than the removed one needs. */
function unusedNodes(list: OpenClawList, version: string): OpenClawList['nodes'] {
  const rest = list.versions.filter((each) => each.version !== version).map((each) => each.package.neededNode);
  const needs = list.own === undefined ? rest : [...rest, list.own.neededNode];
  return list.nodes.filter((node) => !needs.some((needed) => satisfies(node.version, needed)));
}

/** Out of its place first, in one step: what is half removed is no version. */
async function removeFolder(folder: string, layout: InstallLayout, ports: InstallPorts): Promise<void> {
  const draft = layout.path.join(layout.drafts, ports.random.uuid());
  await ports.folders.make(layout.drafts);
  await ports.folders.move(folder, draft);
  await ports.folders.remove(draft);
}
