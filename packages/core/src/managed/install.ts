import { GatewayError } from '../errors/gateway-error.ts';
import type { ReadNodeVersion } from '../openclaw/node-version.ts';
import { chooseRuntime, type NodeRuntime, runtimeProblem } from '../openclaw/runtimes.ts';
import type { Random } from '../ports/random.ts';
import type { ProcessIdentity } from '../ports/spawner.ts';
import { endTree } from '../process/tree.ts';
import { type Fetching, type FetchPorts, fetchNode, fetchOpenClaw } from './fetch.ts';
import { aborted, diskFull, diskProblem, noRoom } from './install-problems.ts';
import { type InstalledOpenClaw, type InstallRecord, recordPath, takeInventory } from './inventory.ts';
import { type ManagedLayout, nodeProgram } from './layout.ts';
import type { Machine } from './machine.ts';
import { installMarker, type Npm } from './npm.ts';
import { type InstallPlan, planInstall, type Room, usualRoom } from './plan.ts';
import { Questions } from './questions.ts';
import type { Published } from './registry.ts';
import { syncFileSystem } from './sync.ts';
import { takeTurn } from './turn.ts';

export type InstallProgress =
  /** Another process is installing into the same place. */
  | { readonly step: 'waiting'; readonly pid: number | undefined }
  | { readonly step: 'clearing' }
  | { readonly step: 'resolving' }
  | { readonly step: 'fetching-node'; readonly version: string; readonly packages: number }
  | { readonly step: 'fetching'; readonly version: string; readonly packages: number }
  | { readonly step: 'checking'; readonly version: string }
  | { readonly step: 'placing'; readonly version: string };

export interface InstallWish {
  /** An exact version, or a tag; default `latest`. */
  readonly version?: string | undefined;
  /** Default: as measured. */
  readonly room?: Room;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: InstallProgress) => void;
}

export interface InstallPorts extends FetchPorts {
  readonly random: Random;
  readonly nodeVersion: ReadNodeVersion;
  /** Us, as the lock names its holder. */
  readonly self: ProcessIdentity;
}

export interface Installation {
  readonly outcome: 'installed' | 'already-there';
  readonly installed: InstalledOpenClaw;
  readonly node: NodeRuntime;
}

/** How long SIGKILL may take on what a dead installation left running. */
const LEFTOVER_MS = 5_000;

/**
 * Installs one OpenClaw beside the others, with a Node if none fits. Whatever ends it at whatever moment, what stands in
 * its place is whole and was seen to run, and what is not whole is cleared away by the next run.
 * @throws GatewayError `runtime.npm-missing`, `openclaw.version-unknown`, `openclaw.install-failed`, `disk.full`, `state.read-only`, `aborted`.
 */
export async function installOpenClaw(
  wish: InstallWish,
  layout: ManagedLayout,
  machine: Machine,
  ports: InstallPorts,
): Promise<Installation> {
  try {
    await ports.folders.make(layout.drafts);
    const release = await takeTurn(layout.lock, ports, wish.signal, (pid) =>
      wish.onProgress?.({ step: 'waiting', pid }),
    );
    try {
      return await new Installer(wish, layout, machine, ports).run();
    } finally {
      release();
    }
  } catch (error) {
    throw diskProblem(error, layout.drafts, ports.clock.wallTime());
  }
}

class Installer {
  readonly #wish: InstallWish;
  readonly #layout: ManagedLayout;
  readonly #machine: Machine;
  readonly #ports: InstallPorts;
  readonly #questions: Questions;

  constructor(wish: InstallWish, layout: ManagedLayout, machine: Machine, ports: InstallPorts) {
    this.#wish = wish;
    this.#layout = layout;
    this.#machine = machine;
    this.#ports = ports;
    this.#questions = new Questions(layout, machine, wish.signal, ports);
  }

  async run(): Promise<Installation> {
    await this.#clear();
    const known = await this.#withoutAsking();
    if (known !== undefined) return known;
    this.#tell({ step: 'resolving' });
    const wanted = await this.#questions.published(this.#wish.version ?? 'latest');
    const plan = await this.#plan(wanted);
    try {
      return await this.#carryOut(plan, wanted);
    } finally {
      await this.#clear();
    }
  }

  /** Ends what an installation that was killed left running, and removes what it left lying. The lock is ours: it is nobody else's. */
  async #clear(): Promise<void> {
    const { drafts, path } = this.#layout;
    const { files, folders } = this.#ports;
    await endTree({ marker: installMarker(drafts) }, this.#ports, LEFTOVER_MS);
    for (const name of await files.list(drafts)) {
      this.#tell({ step: 'clearing' });
      await folders.remove(path.join(drafts, name));
    }
  }

  /** An exact version that is here, with a Node that fits, needs no registry. */
  async #withoutAsking(): Promise<Installation | undefined> {
    const { versions } = await this.#inventory();
    const installed = versions.find(({ version }) => version === this.#wish.version);
    if (installed === undefined) return undefined;
    const node = await this.#node(installed.package.neededNode);
    return node.kind === 'chosen' ? { outcome: 'already-there', installed, node: node.runtime } : undefined;
  }

  #inventory() {
    return takeInventory(this.#layout, this.#ports.files, this.#machine);
  }

  async #node(needed: string) {
    const { self } = this.#machine;
    const kept = (await this.#inventory()).nodes.map(({ file }) => file);
    return chooseRuntime({ needed, kept, ...(self && { self }) }, this.#machine, this.#ports);
  }

  async #plan(wanted: Published): Promise<Exclude<InstallPlan, { kind: 'no-room' | 'no-node' }>> {
    const node = await this.#node(wanted.neededNode);
    const publishedNodes = node.kind === 'chosen' ? [] : await this.#questions.nodes(wanted.version);
    const freeBytes = await this.#ports.folders.freeBytes(this.#layout.drafts);
    const room = this.#wish.room ?? usualRoom;
    const inventory = await this.#inventory();
    const plan = planInstall({ wanted, inventory, node, publishedNodes, freeBytes, room });
    if (plan.kind === 'no-room') {
      const folder = this.#layout.versions;
      throw diskFull(noRoom({ needed: plan.neededBytes, free: plan.freeBytes, folder }), this.#now());
    }
    if (plan.kind === 'no-node' && node.kind !== 'chosen') {
      throw new GatewayError(runtimeProblem(node, plan.needed, this.#now()));
    }
    if (plan.kind === 'no-node') throw new Error('a Node was chosen, and then was none');
    return plan;
  }

  async #carryOut(
    plan: Exclude<InstallPlan, { kind: 'no-room' | 'no-node' }>,
    wanted: Published,
  ): Promise<Installation> {
    if (plan.kind === 'nothing') {
      const node = await this.#node(wanted.neededNode);
      if (node.kind !== 'chosen') throw new GatewayError(runtimeProblem(node, wanted.neededNode, this.#now()));
      return { outcome: 'already-there', installed: plan.installed, node: node.runtime };
    }
    const node = plan.node.kind === 'found' ? plan.node.runtime : await this.#placeNode(plan.node.version, wanted);
    const installed = plan.installed ?? (await this.#placeOpenClaw(wanted.version, node));
    return { outcome: 'installed', installed, node };
  }

  async #placeNode(version: string, wanted: Published): Promise<NodeRuntime> {
    const { layout, draft } = this.#draft();
    const { platform, arch } = this.#machine;
    const onPackages = (packages: number) => this.#tell({ step: 'fetching-node', version, packages });
    onPackages(0);
    const npm = await this.#questions.npm();
    await fetchNode(version, wanted.version, draft, this.#fetching(npm, onPackages), this.#ports);
    const folder = layout.path.join(layout.nodes, version);
    await this.#place(draft, folder);
    return { file: nodeProgram(folder, platform, arch), version };
  }

  async #placeOpenClaw(version: string, node: NodeRuntime): Promise<InstalledOpenClaw> {
    const { layout, draft } = this.#draft();
    const onPackages = (packages: number) => this.#tell({ step: 'fetching', version, packages });
    onPackages(0);
    // On the Node that OpenClaw will run on: under an older one npm picks other packages.
    const npm = await this.#questions.npm(node);
    const fetching = this.#fetching(npm, onPackages, () => this.#tell({ step: 'checking', version }));
    const found = await fetchOpenClaw(version, node, draft, fetching, this.#ports);
    this.#tell({ step: 'placing', version });
    const bytes = await this.#ports.folders.usedBytes(draft);
    const record: InstallRecord = { version, installedAt: this.#now(), bytes, node };
    await this.#ports.folders.write(recordPath(draft, layout), JSON.stringify(record));
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
    if (this.#wish.signal?.aborted === true) throw aborted(this.#now());
    await folders.make(this.#layout.path.dirname(folder));
    // Whatever stands there was not recognised as whole.
    await folders.remove(folder);
    await folders.move(draft, folder);
  }

  #draft() {
    const layout = this.#layout;
    return { layout, draft: layout.path.join(layout.drafts, this.#ports.random.uuid()) };
  }

  #fetching(npm: Npm, onPackages: (count: number) => void, onFetched: () => void = () => undefined): Fetching {
    const { openclawBytes: neededBytes } = this.#wish.room ?? usualRoom;
    const { signal } = this.#wish;
    return { npm, layout: this.#layout, facts: this.#machine, neededBytes, signal, onPackages, onFetched };
  }

  #tell(progress: InstallProgress): void {
    this.#wish.onProgress?.(progress);
  }

  #now(): number {
    return this.#ports.clock.wallTime();
  }
}
