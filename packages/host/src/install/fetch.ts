import { GatewayError } from '@deskclaw/core';
import { childEnvironment, type Files, type Folders, readIfPossible } from '@deskclaw/core/internal';
import {
  embeddingVariables,
  type NodeRuntime,
  type OpenClawPackage,
  type ProgramPorts,
  packageAt,
  runProgram,
  type SystemInfo,
} from '@deskclaw/openclaw';
import { describeProblem } from '@deskclaw/protocol';
import { abortedError, checkVersionOutput, diskFullError, noSpaceMessage, npmProblem } from './install-problems.ts';
import { type InstallLayout, nodePackage, nodeProgram } from './layout.ts';
import { lockedIntegrity, lockfileProblem } from './lockfile.ts';
import { type Npm, npmEnvironment, runNpm } from './npm.ts';

export interface FetchPorts extends ProgramPorts {
  readonly files: Files;
  readonly folders: Folders;
}

export interface FetchContext {
  readonly npm: Npm;
  readonly layout: InstallLayout;
  readonly machine: SystemInfo & { readonly arch: string };
  readonly neededBytes: number;
  readonly signal: AbortSignal | undefined;
  /** How many packages npm has fetched so far. */
  readonly onPackages: (count: number) => void;
  /** npm is done; what came is looked at. */
  readonly onFetched: () => void;
}

/** An installation takes 35 s on a fast connection. A slow one may need an hour, but npm itself gives up sooner. */
const INSTALL_TIMEOUT_MS = 60 * 60_000;
/** A cold start of the OpenClaw entry takes 1 s on an idle machine; up to 37 s were measured on a loaded one. */
const VERSION_TIMEOUT_MS = 120_000;

/** Counts packages in npm's output: one line each, downloaded or from npm's cache. */
function packageCounter(onPackages: (count: number) => void): (stream: 'stdout' | 'stderr', text: string) => void {
  let count = 0;
  return (stream, text) => {
    const found = stream === 'stderr' ? (text.match(/^npm http (fetch|cache) .*\.tgz/gm)?.length ?? 0) : 0;
    if (found === 0) return;
    count += found;
    onPackages(count);
  };
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>>;
}

/** Runs `npm install` in a folder of its own. No package's own script is run: OpenClaw does without (measured). */
async function install(draft: string, manifest: Manifest, context: FetchContext, ports: FetchPorts) {
  const { npm, layout, machine, signal } = context;
  await ports.folders.make(draft);
  await ports.folders.write(layout.path.join(draft, 'package.json'), JSON.stringify({ private: true, ...manifest }));
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=http'];
  const call = {
    npm,
    cwd: draft,
    env: npmEnvironment(machine.env, npm, layout.drafts, machine.platform),
    timeoutMs: INSTALL_TIMEOUT_MS,
    signal,
  };
  // Without --prefix, which would have it look for the machine's settings in the draft, too.
  const args = ['install', '--no-global', '--omit=dev', '--package-lock', ...flags];
  // First what the registry states, without fetching a package: npm would make up the checksums that the registry leaves out.
  const resolved = await runNpm({ ...call, args: [...args, '--package-lock-only'] }, ports);
  if (resolved.kind !== 'ended' || resolved.code !== 0) return resolved;
  const lockfile = (await readIfPossible(ports.files, layout.path.join(draft, 'package-lock.json'))) ?? '';
  const reason = lockfileProblem(lockfile);
  if (reason !== undefined) return { kind: 'unchecked', reason } as const;
  return runNpm({ ...call, args, onOutput: packageCounter(context.onPackages) }, ports);
}

/** 2026.2.3-1 wants this from a git host; the npm package does as well for all but WhatsApp. */
const registryLibsignal = { libsignal: '2.0.1' };

async function installOrThrow(
  draft: string,
  dependencies: Readonly<Record<string, string>>,
  facts: { readonly version: string; readonly step: string },
  context: FetchContext,
  ports: FetchPorts,
): Promise<void> {
  let run = await install(draft, { dependencies }, context, ports);
  if (
    (run.kind === 'ended' && run.code !== 0 && /libsignal/.test(run.stderr)) ||
    (run.kind === 'unchecked' && /libsignal/.test(run.reason))
  ) {
    await ports.folders.remove(draft);
    run = await install(draft, { dependencies, overrides: registryLibsignal }, context, ports);
  }
  const at = ports.clock.wallTime();
  if (run.kind === 'aborted') throw abortedError(at);
  if (run.kind === 'unchecked') throw installFailure(facts, { reason: run.reason, lines: [] }, at);
  if (run.kind === 'ended' && run.code === 0) return;
  if (run.kind === 'ended' && /ENOSPC|EDQUOT|no space left/i.test(run.stderr))
    throw await npmRanOutOfRoom(context, ports);
  throw new GatewayError(npmProblem(run, facts, at));
}

async function npmRanOutOfRoom({ layout, neededBytes }: FetchContext, ports: FetchPorts): Promise<GatewayError> {
  const folder = layout.drafts;
  const message = noSpaceMessage({ needed: neededBytes, free: await ports.folders.freeBytes(folder), folder });
  return diskFullError(`npm ran out of room: ${message}`, ports.clock.wallTime());
}

function installFailure(
  facts: { readonly version: string; readonly step: string },
  verdict: { readonly reason: string; readonly lines: readonly string[] },
  at: number,
): GatewayError {
  const { reason, lines } = verdict;
  return new GatewayError(describeProblem('openclaw.install-failed', { ...facts, reason, lastLines: lines }, at));
}

function runVersionCommand(argv: readonly [string, ...string[]], context: FetchContext, ports: FetchPorts) {
  const { machine, signal } = context;
  const [file, ...args] = argv;
  const env = childEnvironment({ host: machine.env, platform: machine.platform, overrides: embeddingVariables });
  return runProgram(
    { file, args, env },
    { timeoutMs: VERSION_TIMEOUT_MS, keepChars: 8_192, ...(signal && { signal }) },
    ports,
  );
}

/** Fetches a Node into a draft, and sees it run. */
export async function fetchNode(
  version: string,
  forOpenClaw: string,
  draft: string,
  context: FetchContext,
  ports: FetchPorts,
): Promise<void> {
  const { platform, arch } = context.machine;
  const facts = { version: forOpenClaw, step: `fetching Node ${version}` };
  await installOrThrow(draft, { [nodePackage(platform, arch)]: version }, facts, context, ports);
  const run = await runVersionCommand([nodeProgram(draft, platform, arch), '--version'], context, ports);
  if (run.kind === 'aborted') throw abortedError(ports.clock.wallTime());
  const verdict = checkVersionOutput(run, version);
  if (verdict !== undefined) throw installFailure(facts, verdict, ports.clock.wallTime());
}

/** Fetches OpenClaw into a draft; whatever npm says, only what is there and runs as the wanted version is taken. */
export async function fetchOpenClaw(
  { version, integrity }: { readonly version: string; readonly integrity: string },
  node: NodeRuntime,
  draft: string,
  context: FetchContext,
  ports: FetchPorts,
): Promise<OpenClawPackage> {
  const { path } = context.layout;
  await installOrThrow(draft, { openclaw: version }, { version, step: 'fetching it' }, context, ports);
  context.onFetched();
  const at = ports.clock.wallTime();
  const facts = { version, step: 'checking what came' };
  const lockfile = await readIfPossible(ports.files, path.join(draft, 'node_modules', '.package-lock.json'));
  if (lockedIntegrity(lockfile ?? '', 'openclaw') !== integrity) {
    // npm does not mind that this file could not be written.
    const free = await ports.folders.freeBytes(context.layout.drafts);
    if (lockedIntegrity(lockfile ?? '', 'openclaw') === undefined && free < context.neededBytes)
      throw await npmRanOutOfRoom(context, ports);
    throw installFailure(facts, { reason: 'its checksum is not the one the registry stated.', lines: [] }, at);
  }
  const found = await packageAt(path.join(draft, 'node_modules', 'openclaw'), ports.files, path);
  if (found === undefined) throw installFailure(facts, { reason: 'it is no program.', lines: [] }, at);
  if (found.version !== version) {
    throw installFailure(facts, { reason: `it is version ${found.version} (an empty placeholder?).`, lines: [] }, at);
  }
  const run = await runVersionCommand([node.file, found.entry, '--version'], context, ports);
  if (run.kind === 'aborted') throw abortedError(ports.clock.wallTime());
  const verdict = checkVersionOutput(run, version);
  if (verdict !== undefined) throw installFailure(facts, verdict, ports.clock.wallTime());
  return found;
}
