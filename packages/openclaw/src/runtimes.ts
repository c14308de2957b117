import type { Files } from '@deskclaw/core/internal';
import { describeProblem, type Problem, type ProblemFacts } from '@deskclaw/protocol';
import { compare, satisfies, valid } from 'semver';
import { managedNodes } from './node-managers.ts';
import { type ProgramPorts, runProgram } from './run-program.ts';
import { pathRules, type SystemInfo, searchPath } from './system-info.ts';

/** The version a Node says it has, without the `v`; `undefined`: it did not run, or is no Node. */
export type ReadNodeVersion = (file: string) => Promise<string | undefined>;

/** A cold `node --version` from a slow disk takes well under a second; a version manager's shim may need a few. */
const limits = { timeoutMs: 5_000, keepChars: 256 };

/**
 * Asks each Node for its version by running it, once per program.
 * @param env what version-manager shims need: at least `PATH` and `HOME`.
 */
export function spawnedNodeVersion(env: Readonly<Record<string, string>>, ports: ProgramPorts): ReadNodeVersion {
  const known = new Map<string, Promise<string | undefined>>();
  const readVersion = async (file: string): Promise<string | undefined> => {
    const run = await runProgram({ file, args: ['--version'], env }, limits, ports);
    return run.kind === 'ended' && run.code === 0 ? (valid(run.stdout.trim()) ?? undefined) : undefined;
  };
  return (file) => {
    const pending = known.get(file) ?? readVersion(file);
    known.set(file, pending);
    return pending;
  };
}

export interface NodeRuntime {
  readonly file: string;
  readonly version: string;
}

export type RuntimeChoice =
  | { readonly kind: 'chosen'; readonly runtime: NodeRuntime }
  /** No Node fits; this is the newest one found. */
  | { readonly kind: 'unfit'; readonly runtime: NodeRuntime }
  | { readonly kind: 'none'; readonly searched: readonly string[] };

export interface RuntimeOptions {
  /** A semver range, as in `engines.node`. */
  readonly needed: string;
  /** A Node the user named: the only one considered. */
  readonly named?: string;
  /** The command the package was found by: the Node beside it is the one its native parts were built for. */
  readonly beside?: string;
  /** Nodes kept by us, for when none of the user's fits: looked at last. */
  readonly installed?: readonly string[];
  /** Ourselves, when we run on a Node of its own and not inside Electron. */
  readonly self?: NodeRuntime;
}

interface Candidate {
  readonly file: string;
  /** The version, if it is known without running the program. */
  readonly version?: string;
  /** The version is only a folder's name: good enough to pass it over, not to choose it. */
  readonly unverified?: true;
}

async function candidates(options: RuntimeOptions, system: SystemInfo, files: Files): Promise<readonly Candidate[]> {
  if (options.named !== undefined) return [{ file: options.named }];
  const path = pathRules(system.platform);
  const name = system.platform === 'win32' ? 'node.exe' : 'node';
  return [
    ...(options.beside === undefined ? [] : [{ file: path.join(path.dirname(options.beside), name) }]),
    ...(options.self === undefined ? [] : [options.self]),
    ...searchPath(system).map((folder) => ({ file: path.join(folder, name) })),
    ...(await managedNodes(system, files)).map(({ node, version }) => ({
      file: node,
      version,
      unverified: true as const,
    })),
    ...(options.installed ?? []).map((file) => ({ file })),
  ];
}

/** Finds a Node that the package can run on, looking first where one is likeliest to fit. */
export async function chooseRuntime(
  options: RuntimeOptions,
  system: SystemInfo,
  ports: { readonly files: Files; readonly nodeVersion: ReadNodeVersion },
): Promise<RuntimeChoice> {
  const seen = new Set<string>();
  const searched: string[] = [];
  let newest: NodeRuntime | undefined;
  const fits = (version: string): boolean => satisfies(version, options.needed);
  const consider = (runtime: NodeRuntime): void => {
    if (newest === undefined || compare(runtime.version, newest.version) > 0) newest = runtime;
  };

  for (const { file, version: claimed, unverified: hearsay } of await candidates(options, system, ports.files)) {
    searched.push(file);
    const real = await ports.files.realpath(file);
    if (real === undefined || seen.has(real)) continue;
    seen.add(real);
    if (claimed !== undefined && !fits(claimed)) {
      consider({ file, version: claimed });
      continue;
    }
    const version = claimed === undefined || hearsay ? await ports.nodeVersion(file) : claimed;
    if (version === undefined || valid(version) === null) continue;
    if (fits(version)) return { kind: 'chosen', runtime: { file, version } };
    consider({ file, version });
  }
  return newest === undefined ? { kind: 'none', searched } : { kind: 'unfit', runtime: newest };
}

/** @param at epoch ms. */
export function runtimeProblem(
  choice: Exclude<RuntimeChoice, { kind: 'chosen' }>,
  needed: string,
  at: number,
  openclaw?: ProblemFacts<'runtime.node-too-old'>['openclaw'],
): Problem {
  if (choice.kind !== 'unfit')
    return describeProblem('runtime.node-missing', { needed, searched: choice.searched }, at);
  const { version: found, file: path } = choice.runtime;
  const facts = { found, path, needed, ...(openclaw === undefined ? {} : { openclaw }) };
  return describeProblem('runtime.node-too-old', facts, at);
}
