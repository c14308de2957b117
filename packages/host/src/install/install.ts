import { GatewayError, type Random } from '@deskclaw/core';
import { killTreeUntilGone, type ProcessIdentity, type ProcessRealm } from '@deskclaw/core/internal';
import { chooseRuntime, type NodeRuntime, type ReadNodeVersion, runtimeProblem } from '@deskclaw/openclaw';
import { type FetchContext, type FetchPorts, fetchNode, fetchOpenClaw } from './fetch.ts';
import { acquireLock } from './install-lock.ts';
import { abortedError, diskFullError, noSpaceMessage, toDiskError } from './install-problems.ts';
import { type InstalledOpenClaw, type InstallRecord, installRecordPath, readInventory } from './inventory.ts';
import type { Machine } from './layout.ts';
import { type InstallLayout, nodeProgram } from './layout.ts';
import { installMarker, type Npm } from './npm.ts';
import type { PublishedVersion } from './npm-view.ts';
import { defaultRequiredSpace, type InstallPlan, planInstall, type RequiredSpace } from './plan.ts';
import { RegistryClient } from './registry-client.ts';
import { syncFileSystem } from './sync-file-system.ts';

export type InstallProgress =
  /** Another process is installing into the same place. */
  | { readonly step: 'waiting'; readonly pid: number | undefined }
  | { readonly step: 'clearing' }
  | { readonly step: 'resolving' }
  | { readonly step: 'fetching-node'; readonly version: string; readonly packages: number }
  | { readonly step: 'fetching'; readonly version: string; readonly packages: number }
  | { readonly step: 'checking'; readonly version: string }
  | { readonly step: 'placing'; readonly version: string };

export interface InstallOptions {
  /** An exact version, or a tag; default `latest`. */
  readonly version?: string | undefined;
  /** Default: as measured. */
  readonly requiredSpace?: RequiredSpace;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: InstallProgress) => void;
}

export interface InstallPorts extends FetchPorts {
  readonly random: Random;
  readonly nodeVersion: ReadNodeVersion;
  /** Us, as the lock names its holder. */
  readonly self: ProcessIdentity;
  /** Where the pids of `processes` mean something. */
  readonly realm: ProcessRealm;
}

export interface InstallResult {
  readonly outcome: 'installed' | 'already-there';
  readonly installed: InstalledOpenClaw;
  readonly node: NodeRuntime;
}

/** How long SIGKILL may take on what a dead installation left running. */
const KILL_WAIT_MS = 5_000;

/**
 * Installs one OpenClaw beside the others, with a Node if none fits. Whatever ends it at whatever moment, what stands in
 * its place is whole and was seen to run, and what is not whole is cleared away by the next run.
 * @throws GatewayError `runtime.npm-missing`, `openclaw.version-unknown`, `openclaw.install-failed`, `disk.full`, `state.read-only`, `aborted`.
 */
export async function installOpenClaw(
  options: InstallOptions,
  layout: InstallLayout,
  machine: Machine,
  ports: InstallPorts,
): Promise<InstallResult> {
  try {
    await ports.folders.make(layout.drafts);
    const release = await acquireLock(layout.lock, ports, options.signal, (pid) =>
      options.onProgress?.({ step: 'waiting', pid }),
    );
    try {
      return await new Installer(options, layout, machine, ports).run();
    } finally {
      release();
    }
  } catch (error) {
    throw toDiskError(error, layout.drafts, ports.clock.wallTime());
  }
}

class Installer {
  readonly #options: InstallOptions;
  readonly #layout: InstallLayout;
  readonly #machine: Machine;
  readonly #ports: InstallPorts;
  readonly #registry: RegistryClient;

  constructor(options: InstallOptions, layout: InstallLayout, machine: Machine, ports: InstallPorts) {
    this.#options = options;
    this.#layout = layout;
    this.#machine = machine;
    this.#ports = ports;
    this.#registry = new RegistryClient(layout, machine, options.signal, ports);
  }

  async run(): Promise<InstallResult> {
    await this.#removeLeftovers();
    const known = await this.#findInstalled();
    if (known !== undefined) return known;
    this.#report({ step: 'resolving' });
    const wanted = await this.#registry.published(this.#options.version ?? 'latest');
    const plan = await this.#plan(wanted);
    try {
      return await this.#execute(plan, wanted);
    } finally {
      await this.#removeLeftovers();
    }
  }

  /**
   * Ends the processes of a killed installation and removes its files. The install lock, held here, excludes a running
   * one.
   */
  async #removeLeftovers(): Promise<void> {
    const { drafts, path } = this.#layout;
    const { files, folders } = this.#ports;
    await killTreeUntilGone({ marker: installMarker(drafts) }, this.#ports, KILL_WAIT_MS);
    for (const name of await files.list(drafts)) {
      this.#report({ step: 'clearing' });
      await folders.remove(path.join(drafts, name));
    }
  }

  /** An exact version that is here, with a Node that fits, needs no registry. */
  async #findInstalled(): Promise<InstallResult | undefined> {
    const { versions } = await this.#inventory();
    const installed = versions.find(({ version }) => version === this.#options.version);
    if (installed === undefined) return undefined;
    const node = await this.#node(installed.package.neededNode);
    return node.kind === 'chosen' ? { outcome: 'already-there', installed, node: node.runtime } : undefined;
  }

  #inventory() {
    return readInventory(this.#layout, this.#ports.files, this.#machine);
  }

  async #node(needed: string) {
    const { self } = this.#machine;
    const installed = (await this.#inventory()).nodes.map(({ file }) => file);
    return chooseRuntime({ needed, installed, ...(self && { self }) }, this.#machine, this.#ports);
  }

  async #plan(wanted: PublishedVersion): Promise<Exclude<InstallPlan, { kind: 'no-space' | 'no-node' }>> {
    const node = await this.#node(wanted.neededNode);
    const publishedNodes = node.kind === 'chosen' ? [] : await this.#registry.nodeVersions(wanted.version);
    const freeBytes = await this.#ports.folders.freeBytes(this.#layout.drafts);
    const requiredSpace = this.#options.requiredSpace ?? defaultRequiredSpace;
    const inventory = await this.#inventory();
    const plan = planInstall({ wanted, inventory, node, publishedNodes, freeBytes, requiredSpace });
    if (plan.kind === 'no-space') {
      const folder = this.#layout.versions;
      throw diskFullError(noSpaceMessage({ needed: plan.neededBytes, free: plan.freeBytes, folder }), this.#now());
    }
    if (plan.kind === 'no-node' && node.kind !== 'chosen') {
      throw new GatewayError(runtimeProblem(node, plan.needed, this.#now()));
    }
    if (plan.kind === 'no-node') throw new Error('the selected Node.js is no longer installed');
    return plan;
  }

  async #execute(
    plan: Exclude<InstallPlan, { kind: 'no-space' | 'no-node' }>,
    wanted: PublishedVersion,
  ): Promise<InstallResult> {
    if (plan.kind === 'nothing') {
      const node = await this.#node(wanted.neededNode);
      if (node.kind !== 'chosen') throw new GatewayError(runtimeProblem(node, wanted.neededNode, this.#now()));
      return { outcome: 'already-there', installed: plan.installed, node: node.runtime };
    }
    const node = plan.node.kind === 'found' ? plan.node.runtime : await this.#placeNode(plan.node.version, wanted);
    const installed = plan.installed ?? (await this.#placeOpenClaw(wanted, node));
    return { outcome: 'installed', installed, node };
  }

  async #placeNode(version: string, wanted: PublishedVersion): Promise<NodeRuntime> {
    const { layout, draft } = this.#draft();
    const { platform, arch } = this.#machine;
    const onPackages = (packages: number) => this.#report({ step: 'fetching-node', version, packages });
    onPackages(0);
    const npm = await this.#registry.npm();
    await fetchNode(version, wanted.version, draft, this.#fetchContext(npm, onPackages), this.#ports);
    const folder = layout.path.join(layout.nodes, version);
    await this.#place(draft, folder);
    return { file: nodeProgram(folder, platform, arch), version };
  }

  async #placeOpenClaw({ version, integrity }: PublishedVersion, node: NodeRuntime): Promise<InstalledOpenClaw> {
    const { layout, draft } = this.#draft();
    const onPackages = (packages: number) => this.#report({ step: 'fetching', version, packages });
    onPackages(0);
    // On the Node that OpenClaw will run on: under an older one npm picks other packages.
    const npm = await this.#registry.npm(node);
    const context = this.#fetchContext(npm, onPackages, () => this.#report({ step: 'checking', version }));
    const found = await fetchOpenClaw({ version, integrity }, node, draft, context, this.#ports);
    this.#report({ step: 'placing', version });
    const bytes = await this.#ports.folders.usedBytes(draft);
    const record: InstallRecord = { version, installedAt: this.#now(), bytes, node, integrity };
    await this.#ports.folders.write(installRecordPath(draft, layout), JSON.stringify(record));
    const folder = layout.path.join(layout.versions, version);
    await this.#place(draft, folder);
    const placed = layout.path.join(folder, 'node_modules', 'openclaw');
    const root = (await this.#ports.files.realpath(placed)) ?? placed;
    const entry = layout.path.join(root, layout.path.relative(found.root, found.entry));
    return { ...record, folder, package: { ...found, root, entry } };
  }

  /** Everything on the disk first, then the one step that makes it visible: a power cut leaves all or nothing. */
  async #place(draft: string, folder: string): Promise<void> {
    const { folders } = this.#ports;
    await syncFileSystem(draft, this.#machine.platform, this.#ports);
    if (this.#options.signal?.aborted === true) throw abortedError(this.#now());
    await folders.make(this.#layout.path.dirname(folder));
    // Any folder there was not recognised as a complete version.
    await folders.remove(folder);
    await folders.move(draft, folder);
  }

  #draft() {
    const layout = this.#layout;
    return { layout, draft: layout.path.join(layout.drafts, this.#ports.random.uuid()) };
  }

  #fetchContext(npm: Npm, onPackages: (count: number) => void, onFetched: () => void = () => undefined): FetchContext {
    const { openclawBytes: neededBytes } = this.#options.requiredSpace ?? defaultRequiredSpace;
    const { signal } = this.#options;
    return { npm, layout: this.#layout, machine: this.#machine, neededBytes, signal, onPackages, onFetched };
  }

  #report(progress: InstallProgress): void {
    this.#options.onProgress?.(progress);
  }

  #now(): number {
    return this.#ports.clock.wallTime();
  }
}
