import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..', '..');
const program = join(root, 'apps', 'cli', 'dist', 'deskclaw.cjs');
const gatewayProgram = join(root, 'packages', 'gateway', 'dist', 'deskclaw-gateway.js');

/** A user without rights over anything, for faults of permission: root is refused nothing. */
const ORDINARY_USER = 54_321;
const DEFAULT_LIMIT_MS = 60_000;
const INTERRUPT_MS = 10_000;

/** A command line that was typed, and what it showed when. */
export interface Typed {
  readonly line: string;
  /** `null`: a signal ended it, ours where it took too long. */
  readonly code: number | null;
  readonly text: string;
  readonly stdout: string;
  readonly stderr: string;
  /** `performance.now()` of the begin. */
  readonly at: number;
  readonly tookMs: number;
  /** @returns `performance.now()` of the first output by which the text fits; `undefined`: it never did. */
  firstShown(fits: (text: string) => boolean): number | undefined;
}

export interface TypeOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly limitMs?: number;
  readonly input?: string;
}

function ownerOf(user: number | undefined): { readonly uid?: number; readonly gid?: number } {
  return user === undefined ? {} : { uid: user, gid: user };
}

function environmentOf(pid: string): string {
  try {
    return `${readFileSync(`/proc/${pid}/cmdline`, 'utf8')}\0${readFileSync(`/proc/${pid}/environ`, 'utf8')}`;
  } catch {
    // The process ended meanwhile.
    return '';
  }
}

/** A home folder, a command line in it, and everything that a scenario starts there. */
export class Scene {
  readonly folder: string;
  readonly env: Record<string, string>;
  readonly user: number | undefined;
  /** The program of the built-in gateway. */
  readonly gatewayFile = gatewayProgram;
  readonly #afterwards: (() => unknown)[] = [];
  /** What the scenario itself launched: a stop leaves it alone. */
  readonly #strangers = new Set<number>();

  /** @param options.ordinaryUser whether commands run as a user without rights; needs root. */
  constructor(options: { readonly ordinaryUser?: boolean } = {}) {
    if (!existsSync(program)) throw new Error(`${program} is not built: run "npm run build" first`);
    this.folder = realpathSync(mkdtempSync(join(tmpdir(), 'deskclaw-explain-')));
    this.user = options.ordinaryUser === true && process.getuid?.() === 0 ? ORDINARY_USER : undefined;
    this.env = {
      PATH: [join(this.folder, 'bin'), dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(':'),
      HOME: join(this.folder, 'home'),
      TMPDIR: join(this.folder, 'tmp'),
      LANG: 'C.UTF-8',
      DESKCLAW_HOME: join(this.folder, 'desk'),
    };
    this.#own(this.folder, 0o755);
    for (const name of ['bin', 'home', 'tmp', 'desk']) this.makeFolder(name);
    this.write('bin/deskclaw', `#!/bin/sh\nexec '${process.execPath}' '${program}' "$@"\n`, 0o755);
    this.write('bin/gw', `#!/bin/sh\nexec '${process.execPath}' '${gatewayProgram}' "$@"\n`, 0o755);
  }

  path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }

  #own(path: string, mode: number): void {
    chmodSync(path, mode);
    if (this.user !== undefined) chownSync(path, this.user, this.user);
  }

  /** Creates a folder of the user in the scene. */
  makeFolder(name: string, mode = 0o700): string {
    const path = this.path(name);
    if (!existsSync(dirname(path))) this.makeFolder(dirname(name));
    mkdirSync(path, { recursive: true });
    this.#own(path, mode);
    return path;
  }

  /** Writes a file of the user in the scene. @returns its path. */
  write(name: string, content: string | Uint8Array, mode = 0o600): string {
    const path = this.path(name);
    if (!existsSync(dirname(path))) this.makeFolder(dirname(name));
    writeFileSync(path, content);
    this.#own(path, mode);
    return path;
  }

  writeSettings(settings: object | string): string {
    const text = typeof settings === 'string' ? settings : `${JSON.stringify(settings, undefined, 2)}\n`;
    return this.write('desk/config/config.json', text);
  }

  /** `--command` with the built-in gateway, misbehaving as told. */
  gatewayCommand(...faults: readonly string[]): string {
    const flags = faults.flatMap((fault) => ['--fault', `'${fault}'`]);
    const words = ['gw', '--port', '{port}', ...(flags.length === 0 ? [] : ['--allow-faults', ...flags])];
    return `--command "${words.join(' ')}"`;
  }

  /** A gateway program in JavaScript. @returns its path. */
  script(name: string, code: string): string {
    return this.write(`bin/${name}`, `#!${process.execPath}\n${code}\n`, 0o755);
  }

  /** Types a line into a POSIX shell. Ends it with its whole group after `limitMs`. */
  async type(line: string, options: TypeOptions = {}): Promise<Typed> {
    const at = performance.now();
    const child = spawn('/bin/sh', ['-c', line], {
      cwd: options.cwd ?? this.path('home'),
      env: { ...this.env, ...options.env },
      stdio: ['pipe', 'pipe', 'pipe'],
      detached: true,
      ...ownerOf(this.user),
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(options.input ?? '');
    const chunks: { readonly at: number; readonly text: string }[] = [];
    const shown = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        chunks.push({ at: performance.now(), text });
        shown[stream] += text;
      });
    }
    // As a person does who has waited long enough; a command that does not end then is killed.
    const timers = [
      setTimeout(() => signalGroup(child, 'SIGINT'), options.limitMs ?? DEFAULT_LIMIT_MS),
      setTimeout(() => signalGroup(child, 'SIGKILL'), (options.limitMs ?? DEFAULT_LIMIT_MS) + INTERRUPT_MS),
    ];
    // A host or gateway inherits nothing of the command, so its streams close with it.
    const [code]: unknown[] = await once(child, 'close');
    for (const timer of timers) clearTimeout(timer);
    return {
      line,
      code: typeof code === 'number' ? code : null,
      text: chunks.map(({ text }) => text).join(''),
      ...shown,
      at,
      tookMs: Math.round(performance.now() - at),
      firstShown: (fits) => {
        let text = '';
        return chunks.find((chunk) => {
          text += chunk.text;
          return fits(text);
        })?.at;
      },
    };
  }

  /** Starts a program of the scenario that runs until the scene ends. */
  launch(line: string, options: TypeOptions = {}): ChildProcess {
    const child = spawn('/bin/sh', ['-c', `exec ${line}`], {
      cwd: this.path('home'),
      env: { ...this.env, ...options.env },
      stdio: 'ignore',
      ...ownerOf(this.user),
    });
    if (child.pid !== undefined) this.#strangers.add(child.pid);
    this.afterwards(() => child.kill('SIGKILL'));
    return child;
  }

  /** Types a line that belongs to the preparation and must succeed. */
  async must(line: string, options: TypeOptions = {}): Promise<Typed> {
    const typed = await this.type(line, options);
    if (typed.code !== 0) throw new Error(`prepared in vain: "${line}" exits ${String(typed.code)}: ${typed.text}`);
    return typed;
  }

  /** The status document; `undefined` if it cannot be had. */
  async status(): Promise<Record<string, unknown> | undefined> {
    const { stdout } = await this.type('deskclaw status --json', { limitMs: 20_000 });
    try {
      const value: unknown = JSON.parse(stdout);
      return typeof value === 'object' && value !== null ? { ...value } : undefined;
    } catch {
      return undefined;
    }
  }

  /** The pid of the gateway or host that the status names. @throws where there is none. */
  async pidOf(part: 'gateway' | 'host'): Promise<number> {
    const value: unknown = (await this.status())?.[part];
    const pid: unknown = typeof value === 'object' && value !== null && 'pid' in value ? value.pid : undefined;
    if (typeof pid !== 'number') throw new Error(`prepared in vain: the status names no pid of the ${part}`);
    return pid;
  }

  /** Living processes of DeskClaw and its gateway. */
  processes(): readonly number[] {
    return this.#everyProcess().filter((pid) => !this.#strangers.has(pid));
  }

  /** Living processes of this scene, by their arguments and environments; ours do not count. */
  #everyProcess(): readonly number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
      .filter((pid) => environmentOf(pid).includes(this.folder))
      .map(Number);
  }

  /** Locks, sockets and unfinished files that DeskClaw left in its folders. */
  leftFiles(): readonly string[] {
    const desk = this.path('desk');
    return readdirSync(desk, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.sock$|\.lock(\.|$)|\.tmp$|\.part$/.test(name) && !name.includes('node_modules'))
      .filter((name) => lstatSync(join(desk, name), { throwIfNoEntry: false }) !== undefined);
  }

  /** Registers what restores the machine; the last one registered runs first. */
  afterwards(restore: () => unknown): void {
    this.#afterwards.unshift(restore);
  }

  /** Restores the machine now. */
  async restore(): Promise<void> {
    for (const restore of this.#afterwards.splice(0)) await restore();
  }

  async dispose(): Promise<void> {
    await this.restore();
    for (let pids = this.#everyProcess(); pids.length > 0; pids = this.#everyProcess()) {
      for (const pid of pids) killQuietly(pid);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // It ended meanwhile.
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Mounts a small file system on a folder of the scene. @returns fills it to the last byte, and empties it again. */
export function smallDisk(scene: Scene, name: string, sizeKb: number): { fill(): void; free(): void } {
  const folder = scene.makeFolder(name);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(sizeKb)}k,mode=0700`, 'tmpfs', folder]);
  scene.afterwards(() => execFileSync('umount', ['-l', folder]));
  const filler = join(folder, 'filler');
  return {
    fill: () => {
      try {
        writeFileSync(filler, Buffer.alloc(sizeKb * 1024));
      } catch {
        // Full.
      }
    },
    free: () => rmSync(filler, { force: true }),
  };
}
