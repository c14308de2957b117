import { type Files, readIfPossible } from '@deskclaw/core/internal';
import { type OpenClawPackage, packageAt } from '@deskclaw/openclaw';
import { isEpochTime, isObject, parseJson } from '@deskclaw/protocol';
import { type InstallLayout, nodeProgram } from './layout.ts';
import { lockedIntegrity } from './lockfile.ts';
import { compareVersions } from './versions.ts';

/** Written last, before the folder is moved into place: what stands there without it is not ours. */
export interface InstallRecord {
  readonly version: string;
  /** Epoch ms. */
  readonly installedAt: number;
  readonly bytes: number;
  /** The Node it was seen to run on. */
  readonly node: { readonly file: string; readonly version: string };
  /** The sha512 checksum of the package; absent in records of DeskClaw 0.1 and early 0.2. */
  readonly integrity?: string;
}

export interface InstalledOpenClaw extends InstallRecord {
  readonly folder: string;
  readonly package: OpenClawPackage;
  /** Epoch ms of the first time a gateway of this version was ready here. */
  readonly knownGoodAt?: number;
}

export interface InstalledNode {
  readonly version: string;
  readonly folder: string;
  readonly file: string;
}

export interface Inventory {
  /** Newest first. */
  readonly versions: readonly InstalledOpenClaw[];
  readonly nodes: readonly InstalledNode[];
  /** Left by an installation that was cut off, or being filled by one that is under way. */
  readonly drafts: readonly string[];
}

const RECORD = 'install.json';
const KNOWN_GOOD = 'known-good.json';

export function installRecordPath(folder: string, layout: InstallLayout): string {
  return layout.path.join(folder, RECORD);
}

export function knownGoodPath(folder: string, layout: InstallLayout): string {
  return layout.path.join(folder, KNOWN_GOOD);
}

/** `undefined`: not a record of ours, or one cut off in the middle. */
function readInstallRecord(text: string): InstallRecord | undefined {
  const value = parseJson(text);
  if (!isObject(value) || !isObject(value['node'])) return undefined;
  const { version, installedAt, bytes, node, integrity } = value;
  const { file, version: nodeVersion } = node;
  if (typeof version !== 'string' || !isEpochTime(installedAt) || typeof bytes !== 'number') return undefined;
  if (typeof file !== 'string' || typeof nodeVersion !== 'string') return undefined;
  return {
    version,
    installedAt,
    bytes,
    node: { file, version: nodeVersion },
    ...(typeof integrity === 'string' ? { integrity } : {}),
  };
}

async function installedAt(name: string, layout: InstallLayout, files: Files): Promise<InstalledOpenClaw | undefined> {
  const { path } = layout;
  const folder = path.join(layout.versions, name);
  const text = await readIfPossible(files, installRecordPath(folder, layout));
  const record = text === undefined ? undefined : readInstallRecord(text);
  const root = path.join(folder, 'node_modules', 'openclaw');
  // The real path, as a running program reports it: the data folder may be behind a symbolic link.
  const found = await packageAt((await files.realpath(root)) ?? root, files, path);
  if (record === undefined || found === undefined || found.version !== name || record.version !== name)
    return undefined;
  if (record.integrity !== undefined) {
    const lockfile = await readIfPossible(files, path.join(folder, 'node_modules', '.package-lock.json'));
    // Another npm has put something else there since.
    if (lockedIntegrity(lockfile ?? '', 'openclaw') !== record.integrity) return undefined;
  }
  const good = parseJson((await readIfPossible(files, knownGoodPath(folder, layout))) ?? '');
  const at = isObject(good) && isEpochTime(good['at']) ? { knownGoodAt: good['at'] } : {};
  return { ...record, folder, package: found, ...at };
}

/** Reads from disk which versions, Nodes and drafts exist. A version counts only if its folder and record are complete. */
export async function readInventory(
  layout: InstallLayout,
  files: Files,
  system: { readonly platform: NodeJS.Platform; readonly arch: string },
): Promise<Inventory> {
  const { path } = layout;
  const versions: InstalledOpenClaw[] = [];
  for (const name of await files.list(layout.versions)) {
    const found = await installedAt(name, layout, files);
    if (found !== undefined) versions.push(found);
  }
  const nodes: InstalledNode[] = [];
  for (const version of await files.list(layout.nodes)) {
    const folder = path.join(layout.nodes, version);
    const file = nodeProgram(folder, system.platform, system.arch);
    if ((await files.realpath(file)) !== undefined) nodes.push({ version, folder, file });
  }
  return {
    versions: versions.sort((a, b) => compareVersions(b.version, a.version)),
    nodes: nodes.sort((a, b) => compareVersions(b.version, a.version)),
    drafts: (await files.list(layout.drafts)).map((name) => path.join(layout.drafts, name)),
  };
}
