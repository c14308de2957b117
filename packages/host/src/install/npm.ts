import type { Environment } from '@deskclaw/core';
import { type Files, pathName, Redactor, readIfPossible } from '@deskclaw/core/internal';
import {
  managedNodes,
  type PathRules,
  type ProgramPorts,
  type ProgramRun,
  pathRules,
  runProgram,
  type SystemInfo,
  searchPath,
} from '@deskclaw/openclaw';

/** How npm is started: its script and a Node, without a shell or `.cmd`. */
export interface Npm {
  readonly node: string;
  readonly script: string;
  /**
   * Global settings file of this npm (registry, certificate). npm looks for it beside the Node that runs it, which may
   * be another one.
   */
  readonly settings?: string;
}

export type FoundNpm =
  | { readonly kind: 'found'; readonly npm: Npm }
  | { readonly kind: 'none'; readonly searched: readonly string[] };

async function scriptNear(folder: string, path: PathRules, files: Files): Promise<string | undefined> {
  const command = await files.realpath(path.join(folder, 'npm'));
  const places = [
    ...(command === undefined ? [] : [command]),
    path.join(folder, '..', 'lib', 'node_modules', 'npm', 'bin', 'npm-cli.js'),
    path.join(folder, 'node_modules', 'npm', 'bin', 'npm-cli.js'),
  ];
  for (const place of places) {
    const real = path.basename(place) === 'npm-cli.js' ? await files.realpath(place) : undefined;
    if (real !== undefined) return real;
  }
  return undefined;
}

/**
 * Finds npm: beside the Node that the gateway will run on, beside ourselves, on the PATH, with a version manager's Nodes.
 * It runs on `node` where one is given, so that whatever it starts finds a Node that fits.
 */
export async function findNpm(
  nodes: { readonly fitting?: string; readonly self?: string },
  facts: SystemInfo,
  files: Files,
): Promise<FoundNpm> {
  const path = pathRules(facts.platform);
  const name = facts.platform === 'win32' ? 'node.exe' : 'node';
  const known = [nodes.fitting, nodes.self].filter((file) => file !== undefined);
  const real = (await Promise.all(known.map((file) => files.realpath(file)))).filter((file) => file !== undefined);
  const folders = [
    ...[...known, ...real].map((file) => path.dirname(file)),
    ...searchPath(facts),
    ...(await managedNodes(facts, files)).map(({ node }) => path.dirname(node)),
  ];
  for (const folder of new Set(folders)) {
    const script = await scriptNear(folder, path, files);
    if (script === undefined) continue;
    const beside = path.join(folder, name);
    const own = (await files.realpath(beside)) === undefined ? undefined : beside;
    const node = nodes.fitting ?? own ?? nodes.self;
    if (node === undefined) continue;
    const settings = await files.realpath(path.join(path.dirname(script), '..', '..', '..', '..', 'etc', 'npmrc'));
    return { kind: 'found', npm: { node, script, ...(settings && { settings }) } };
  }
  return { kind: 'none', searched: [...new Set(folders)] };
}

/** In the environment of npm and of all it starts: finds what a killed installation left running. */
const MARKER = 'DESKCLAW_INSTALL';

/** @param drafts the folder that only one installation at a time may use: so is the marker its alone. */
export function installMarker(drafts: string): string {
  return `${MARKER}=${drafts}`;
}

/** Ours and Electron's own, and what an npm above us says about its own run: where its project is, what it was told to do. */
const excludedVariables =
  /^(NODE_OPTIONS|NODE_CHANNEL_.*|NODE_UNIQUE_ID|NODE_V8_COVERAGE|ELECTRON_.*|npm_(lifecycle|package|command|execpath|node_execpath).*|npm_config_(local_prefix|global_prefix|prefix|global|location|omit|include|dry_run|package_lock_only|user_agent|node_gyp|noproxy))$/i;

/** npm is the user's own tool: it gets the user's own environment, so that registries, proxies and logins are as configured. */
export function npmEnvironment(
  env: Environment,
  npm: Npm,
  drafts: string,
  platform: NodeJS.Platform,
): Readonly<Record<string, string>> {
  const { delimiter, dirname } = pathRules(platform);
  const passed: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && !excludedVariables.test(name)) passed[name] = value;
  }
  if (npm.settings !== undefined) passed['npm_config_globalconfig'] ??= npm.settings;
  const path = pathName(passed, platform);
  passed[path] = [dirname(npm.node), ...(passed[path] === undefined ? [] : [passed[path]])].join(delimiter);
  return { ...passed, [MARKER]: drafts };
}

export interface NpmCall {
  readonly npm: Npm;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
  readonly onOutput?: (stream: 'stdout' | 'stderr', text: string) => void;
}

/** More than the list of all versions of a package that has a thousand. */
const MAX_OUTPUT_CHARS = 262_144;

/** Credentials in npm's settings: `//host/:_authToken=X`, `_auth = X`, an address with a password. */
const npmCredential = /(?:_authToken|_auth|_password)\s*=\s*"?([^"\s]+)|:\/\/([^/@\s]+)@/g;

/** Returns a redactor that knows the credentials npm uses: a registry may repeat them in its errors, and npm prints those. */
async function npmRedactor({ npm, env }: NpmCall, files: Files): Promise<Redactor> {
  const redactor = new Redactor();
  const home = env['npm_config_userconfig'] ?? `${env['HOME'] ?? env['USERPROFILE'] ?? ''}/.npmrc`;
  for (const place of [home, npm.settings, env['npm_config_globalconfig']]) {
    const text = place === undefined ? undefined : await readIfPossible(files, place);
    for (const [, credential, account = ''] of (text ?? '').matchAll(npmCredential)) {
      for (const secret of [credential ?? '', account, account.slice(account.indexOf(':') + 1)]) redactor.learn(secret);
    }
  }
  for (const [name, value] of Object.entries(env)) if (/token|auth|password/i.test(name)) redactor.learn(value);
  return redactor;
}

/** Runs npm. Its messages come back without credentials. */
export async function runNpm(call: NpmCall, ports: ProgramPorts & { readonly files: Files }): Promise<ProgramRun> {
  const [run, redactor] = await Promise.all([start(call, ports), npmRedactor(call, ports.files)]);
  if (run.kind !== 'ended') return run;
  // What it printed as data is read, and shown only where it is an error.
  const stdout = run.code === 0 ? run.stdout : redactor.text(run.stdout);
  return { ...run, stdout, stderr: redactor.text(run.stderr) };
}

function start(call: NpmCall, ports: ProgramPorts): Promise<ProgramRun> {
  const { npm, args, cwd, env, timeoutMs, signal, onOutput } = call;
  return runProgram(
    { file: npm.node, args: [npm.script, ...args], cwd, env },
    { timeoutMs, keepChars: MAX_OUTPUT_CHARS, ...(signal && { signal }), ...(onOutput && { onOutput }) },
    ports,
  );
}

/** npm's own account of an error, without its prefixes and the path of its log. */
export function npmErrorLines(output: string): readonly string[] {
  return output
    .split('\n')
    .filter((line) => /^npm (error|ERR!)/.test(line))
    .map((line) => line.replace(/^npm (error|ERR!) ?/, '').trimEnd())
    .filter((line) => line !== '' && !line.includes('A complete log of this run'))
    .slice(0, 6);
}
