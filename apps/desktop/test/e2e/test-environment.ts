import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { findElectron } from '../../scripts/electron-runtime.mjs';

export const appFolder = join(import.meta.dirname, '..', '..');
const root = join(appFolder, '..', '..');
export const commandLine = join(root, 'apps', 'cli', 'dist', 'deskclaw.cjs');
export const gatewayProgram = join(root, 'packages', 'gateway', 'dist', 'deskclaw-gateway.js');

const mainFile = join(appFolder, 'dist', 'main', 'main.js');

/**
 * Electron keeps its sandbox only for users other than root. In a user namespace root is one, and its files stay its own:
 * nothing has to be handed over to anybody.
 */
const asAnotherUser = process.getuid?.() === 0 ? ['unshare', '--user', '--map-user=1000', '--map-group=1000'] : [];

/** A program as the user that the app runs as. */
export function asOrdinaryUser(command: readonly string[]): readonly [string, ...string[]] {
  const [file = '', ...args] = [...asAnotherUser, ...command];
  return [file, ...args];
}

function canBeOrdinary(): boolean {
  const [file, ...args] = asOrdinaryUser(['true']);
  return spawnSync(file, args).status === 0;
}

/** Returns what the tests need and this machine lacks; `undefined` when they can run. */
export function findMissingRequirement(): string | undefined {
  if (process.platform !== 'linux') return 'they are written for Linux';
  if (findElectron() === undefined) return 'no Electron here; ELECTRON_OVERRIDE_DIST_PATH names the folder of one';
  if (process.env['DISPLAY'] === undefined && !['/usr/bin/Xvfb', '/usr/local/bin/Xvfb'].some(existsSync)) {
    return 'there is no display, and no Xvfb to make one';
  }
  if (!canBeOrdinary()) return 'this is root, which Electron refuses, and it may not make a user namespace';
  return [mainFile, commandLine, gatewayProgram].every(existsSync) ? undefined : 'it is not built (pnpm build)';
}

let display: Promise<string> | undefined;
let server: ChildProcess | undefined;

/** The display there is, or one of our own for the whole test file. */
export function useDisplay(): Promise<string> {
  const current = process.env['DISPLAY'];
  if (current !== undefined && current !== '') return Promise.resolve(current);
  display ??= new Promise((resolve, reject) => {
    // X servers of all users share this folder, which only root can create with these permissions.
    if (process.getuid?.() === 0) {
      mkdirSync('/tmp/.X11-unix', { recursive: true });
      chmodSync('/tmp/.X11-unix', 0o1777);
    }
    // Xvfb picks a free display number and writes it to descriptor 3; -ac admits the ordinary user.
    const child = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1280x800x24', '-nolisten', 'tcp', '-ac'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe'],
    });
    server = child;
    const out = child.stdio[3];
    child.once('error', reject);
    child.once('exit', () => reject(new Error('Xvfb ended')));
    if (out instanceof Object && 'on' in out) {
      createInterface({ input: out as NodeJS.ReadableStream }).once('line', (number) => resolve(`:${number}`));
    }
  });
  return display;
}

/** Ends the display of this test file; the next file in the same process makes its own. */
export function closeDisplay(): void {
  server?.kill();
  server = undefined;
  display = undefined;
}

/** A home of its own: configuration, state, sockets, and the app's userData with its single-instance lock. */
export class Home {
  readonly folder: string;
  readonly env: Record<string, string>;

  constructor(variables: Readonly<Record<string, string>> = {}) {
    this.folder = mkdtempSync(join(tmpdir(), 'dc-e2e-'));
    this.env = {
      PATH: [join(this.folder, 'bin'), join(root, 'node_modules', '.bin'), process.env['PATH'] ?? ''].join(':'),
      HOME: this.folder,
      DESKCLAW_HOME: join(this.folder, 'dc'),
      // A free one at each start.
      DESKCLAW_PORT: '0',
      // No service of this machine is to be found: neither its D-Bus nor its OpenClaw.
      DBUS_SESSION_BUS_ADDRESS: 'disabled:',
      LANG: 'C.UTF-8',
      ...variables,
    };
  }

  /** The profile's configuration, from now on. */
  configure(settings: object): void {
    this.write(join('dc', 'config', 'config.json'), JSON.stringify(settings));
  }

  /** A program that is found before any other of its name. */
  program(name: string, script: string): void {
    chmodSync(this.write(join('bin', name), `#!/bin/sh\n${script}\n`), 0o755);
  }

  write(name: string, text: string): string {
    const path = join(this.folder, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
    return path;
  }

  /** Kills every process started with this home, even detached ones, and removes the folder. */
  remove(): void {
    for (const pid of this.#processes()) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // Gone by itself.
      }
    }
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  #processes(): readonly number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/u.test(name) && this.#started(name))
      .map(Number);
  }

  /**
   * Whether a process belongs to the app. Chromium's processes overwrite their environment, but have their folders in
   * their arguments.
   */
  #started(pid: string): boolean {
    try {
      return ['environ', 'cmdline'].some((file) =>
        readFileSync(join('/proc', pid, file), 'latin1').includes(this.folder),
      );
    } catch {
      // Gone by itself.
      return false;
    }
  }
}
