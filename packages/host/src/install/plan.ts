import type { NodeRuntime, RuntimeChoice } from '@deskclaw/openclaw';
import type { InstalledOpenClaw, Inventory } from './inventory.ts';
import type { PublishedVersion } from './npm-view.ts';
import { pickNode } from './versions.ts';

/** Disk space of an installation. Measured: 2026.9.6 unpacks to 647 MB, a Node to 190 MB. */
export interface RequiredSpace {
  readonly openclawBytes: number;
  readonly nodeBytes: number;
}
export const defaultRequiredSpace: RequiredSpace = { openclawBytes: 650 * 1024 ** 2, nodeBytes: 190 * 1024 ** 2 };

export interface InstallPlanInput {
  readonly wanted: PublishedVersion;
  readonly inventory: Inventory;
  readonly node: RuntimeChoice;
  /** Every version of the Node package; asked for only where no Node fits. */
  readonly publishedNodes: readonly string[];
  readonly freeBytes: number;
  readonly requiredSpace: RequiredSpace;
}

export type InstallPlan =
  | { readonly kind: 'nothing'; readonly installed: InstalledOpenClaw }
  | {
      readonly kind: 'install';
      readonly version: string;
      /** Set when the version is in its place already and only a Node is missing. */
      readonly installed: InstalledOpenClaw | undefined;
      readonly node:
        | { readonly kind: 'found'; readonly runtime: NodeRuntime }
        | { readonly kind: 'fetch'; readonly version: string };
    }
  | { readonly kind: 'no-space'; readonly neededBytes: number; readonly freeBytes: number }
  | { readonly kind: 'no-node'; readonly needed: string };

/**
 * Plans what is left to do after whatever an earlier run did: a version in its place is complete, a Node that was
 * fetched is kept, and drafts are worth nothing (npm does not finish what it finds half done; what it had downloaded is in its cache).
 */
export function planInstall(input: InstallPlanInput): InstallPlan {
  const { wanted, inventory, node, publishedNodes, freeBytes, requiredSpace } = input;
  const installed = inventory.versions.find(({ version }) => version === wanted.version);
  const fetch = node.kind === 'chosen' ? undefined : pickNode(publishedNodes, wanted.neededNode);
  if (node.kind !== 'chosen' && fetch === undefined) return { kind: 'no-node', needed: wanted.neededNode };
  if (installed !== undefined && node.kind === 'chosen') return { kind: 'nothing', installed };
  const neededBytes =
    (installed === undefined ? requiredSpace.openclawBytes : 0) +
    (node.kind === 'chosen' ? 0 : requiredSpace.nodeBytes);
  if (freeBytes < neededBytes) return { kind: 'no-space', neededBytes, freeBytes };
  return {
    kind: 'install',
    version: wanted.version,
    installed,
    node:
      node.kind === 'chosen'
        ? { kind: 'found', runtime: node.runtime }
        : { kind: 'fetch', version: fetch ?? wanted.neededNode },
  };
}

export function megabytes(bytes: number): string {
  return `${String(Math.ceil(bytes / 1024 ** 2))} MB`;
}
