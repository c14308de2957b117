import { spawn } from 'node:child_process';
import { mkdir, readFile, rename, rm, statfs, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { exclusively } from './install-lock.ts';
import type { Generation } from './versions.ts';

export type Installed =
  | { readonly kind: 'installed'; readonly folder: string; readonly fresh: boolean }
  /** Why it cannot be installed here. */
  | { readonly kind: 'impossible'; readonly reason: string };

/** The largest of the three unpacks to 1.3 GB, and npm keeps as much again in its own cache. */
const ROOM_BYTES = 3 * 1024 ** 3;
const DEADLINE_MS = 10 * 60_000;
const MARKER = '.installed';

export function cacheRoot(env: NodeJS.ProcessEnv): string {
  const own = env['DESKCLAW_CONFORMANCE_CACHE'];
  if (own !== undefined && own !== '') return own;
  const xdg = env['XDG_CACHE_HOME'];
  return join(xdg === undefined || xdg === '' ? join(homedir(), '.cache') : xdg, 'deskclaw-conformance');
}

async function isComplete(folder: string, version: string): Promise<boolean> {
  const marker = await readFile(join(folder, MARKER), 'utf8').catch(() => undefined);
  return marker?.trim() === version;
}

interface NpmResult {
  readonly code: number | null;
  readonly output: string;
}

/** npm's first words about an error say most: its code, and what it was about. */
function inShort(output: string): string {
  const lines = output.split('\n').map((line) => line.replace(/^npm (error|ERR!) ?/, '').trim());
  return lines
    .filter((line) => line !== '')
    .slice(0, 3)
    .join('; ')
    .slice(0, 200);
}

function npmInstall(folder: string, env: NodeJS.ProcessEnv): Promise<NpmResult> {
  return new Promise((resolve) => {
    // OpenClaw's install script refuses a Node it could not run on, so ours comes first.
    const path = [dirname(process.execPath), env['PATH'] ?? ''].join(delimiter);
    const npm = spawn('npm', ['install', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: folder,
      env: { ...env, PATH: path },
      shell: process.platform === 'win32',
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: DEADLINE_MS,
      killSignal: 'SIGKILL',
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(0, 4_000);
    };
    npm.stdout.on('data', keep);
    npm.stderr.on('data', keep);
    npm.once('error', (error) => resolve({ code: null, output: error.message }));
    npm.once('close', (code) => resolve({ code, output }));
  });
}

interface Wanted {
  readonly name: string;
  readonly version: string;
  /** What to install under this name and version. Default: the package of that name. */
  readonly packages?: Readonly<Record<string, string>>;
  readonly overrides?: Readonly<Record<string, string>>;
}

/** Installs beside the final place and moves there only when done: an interrupted install is never mistaken for a whole one. */
async function install(
  { name, version, packages = { [name]: version }, overrides }: Wanted,
  folder: string,
  env: NodeJS.ProcessEnv,
): Promise<Installed> {
  const { bavail, bsize } = await statfs(dirname(folder));
  if (bavail * bsize < ROOM_BYTES) {
    const free = `${String(Math.round((bavail * bsize) / 1024 ** 2))} MB`;
    return { kind: 'impossible', reason: `only ${free} are free in ${dirname(folder)}, 3072 MB are needed` };
  }
  const draft = `${folder}.partial`;
  await rm(draft, { recursive: true, force: true });
  await mkdir(draft, { recursive: true });
  const manifest = { private: true, dependencies: packages, ...(overrides && { overrides }) };
  await writeFile(join(draft, 'package.json'), JSON.stringify(manifest));
  console.log(`Installing ${name} ${version} into ${folder}; this happens once.`);
  const { code, output } = await npmInstall(draft, env);
  if (code !== 0) {
    await rm(draft, { recursive: true, force: true });
    return {
      kind: 'impossible',
      reason: `npm install ${name}@${version} failed (${String(code)}): ${inShort(output)}`,
    };
  }
  await writeFile(join(draft, MARKER), version);
  await rm(folder, { recursive: true, force: true });
  await rename(draft, folder);
  return { kind: 'installed', folder, fresh: true };
}

/** The folder that holds this generation, installed now if it never was; at most one process installs at a time. */
export function ensureInstalled(generation: Generation, env: NodeJS.ProcessEnv): Promise<Installed> {
  return ensure({ ...generation, name: 'openclaw' }, `openclaw-${generation.version}`, env);
}

/** Installs a Node of this version. Resolves with its program, or with the reason why there is none. */
export async function ensureNode(
  version: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly program: string } | { readonly reason: string }> {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const installed = await ensure({ name, version }, `node-${version}`, env);
  if (installed.kind === 'impossible') return { reason: installed.reason };
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  return { program: join(installed.folder, 'node_modules', name, 'bin', file) };
}

/** Installs packages together in one folder. `name`: of the folder; `version` changes with what is in it. */
export function ensurePackages(
  name: string,
  version: string,
  packages: Readonly<Record<string, string>>,
  env: NodeJS.ProcessEnv,
): Promise<Installed> {
  return ensure({ name, version, packages }, `${name}-${version}`, env);
}

async function ensure(wanted: Wanted, name: string, env: NodeJS.ProcessEnv): Promise<Installed> {
  const folder = join(cacheRoot(env), name);
  const there: Installed = { kind: 'installed', folder, fresh: false };
  if (await isComplete(folder, wanted.version)) return there;
  try {
    await mkdir(dirname(folder), { recursive: true });
    return await exclusively(`${folder}.lock`, async () =>
      (await isComplete(folder, wanted.version)) ? there : install(wanted, folder, env),
    );
  } catch (error) {
    return { kind: 'impossible', reason: error instanceof Error ? error.message : String(error) };
  }
}
