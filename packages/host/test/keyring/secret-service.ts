import { execFile, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { expect, onTestFinished, type TestContext } from 'vitest';

const run = promisify(execFile);

const NAME = 'org.freedesktop.secrets';
const SERVICE = 'org.freedesktop.Secret.Service';

/** A desktop session of its own, with a bus and a real keyring that is unlocked. */
export interface Session {
  readonly env: Readonly<Record<string, string>>;
  lock(): Promise<void>;
  /** Starts and unlocks a new keyring process, as the next login does; it loads the stored secrets. */
  unlock(): Promise<void>;
  /** Ends the keyring's process: the session goes on without it, and nothing starts it again. */
  endKeyring(): Promise<void>;
  /** Whether a password prompt is open. */
  prompterShown(): boolean;
  /** Closes that window. */
  dismiss(): void;
}

/** Every question to a keyring is two processes, and each prompt a third. */
export const patiently = { timeout: 10_000 } as const;

function isThere(program: string): boolean {
  return spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;
}

/** Skips, with the reason, where no such session can be had. */
export function needsSecretService(context: TestContext): void {
  if (process.platform !== 'linux') context.skip('the keyring of this system belongs to whoever works here');
  const missing = ['dbus-daemon', 'dbus-send', 'gnome-keyring-daemon'].filter((program) => !isThere(program));
  if (missing.length > 0) context.skip(`no Secret Service to try the keyring with: ${missing.join(', ')} missing`);
}

/** Installs a prompter that never answers, in place of a password window that nobody sees. */
function serviceFiles(folder: string): string {
  const services = join(folder, 'share', 'dbus-1', 'services');
  const pidFile = join(folder, 'prompter.pid');
  mkdirSync(services, { recursive: true });
  const program = join(folder, 'prompter');
  writeFileSync(program, `#!/bin/sh\necho $$ > '${pidFile}'\nexec sleep 600\n`, { mode: 0o755 });
  const name = 'org.gnome.keyring.SystemPrompter';
  writeFileSync(join(services, `${name}.service`), `[D-BUS Service]\nName=${name}\nExec=${program}\n`);
  // Keeps the bus from starting a keyring by itself: only a process of the test may own the name.
  writeFileSync(join(services, `${NAME}.service`), `[D-BUS Service]\nName=${NAME}\nExec=/bin/false\n`);
  return pidFile;
}

/** @param prompter whether a password prompt opens a window that nobody answers; without it there is no window */
export async function startSession({ prompter = false } = {}): Promise<Session> {
  const folder = mkdtempSync(join(tmpdir(), 'deskclaw-session-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const pidFile = serviceFiles(folder);
  if (!prompter) rmSync(join(folder, 'share', 'dbus-1', 'services', 'org.gnome.keyring.SystemPrompter.service'));
  mkdirSync(join(folder, 'run'), { mode: 0o700 });
  const home = {
    HOME: folder,
    PATH: process.env['PATH'] ?? '',
    XDG_DATA_HOME: join(folder, 'share'),
    XDG_RUNTIME_DIR: join(folder, 'run'),
  };
  onTestFinished(() => {
    if (existsSync(pidFile)) process.kill(Number(readFileSync(pidFile, 'utf8')));
  });
  const bus = spawn('dbus-daemon', ['--session', '--nofork', '--print-address'], {
    env: home,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  onTestFinished(() => void bus.kill('SIGKILL'));
  const [address]: string[] = await once(createInterface({ input: bus.stdout }), 'line');
  const env = { ...home, DBUS_SESSION_BUS_ADDRESS: address ?? '' };
  const send = async (method: string, ...args: readonly string[]) => {
    const words = ['--session', '--print-reply', `--dest=${NAME}`, '/org/freedesktop/secrets', `${SERVICE}.${method}`];
    return (await run('dbus-send', [...words, ...args], { env })).stdout;
  };
  const login = '/org/freedesktop/secrets/collection/login';
  const start = async () => {
    const daemon = spawn('gnome-keyring-daemon', ['--foreground', '--unlock', '--components=secrets'], {
      env,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    onTestFinished(() => void daemon.kill('SIGKILL'));
    daemon.stdin.end('a password');
    await expect.poll(() => send('ReadAlias', 'string:default').catch(() => ''), patiently).toContain(login);
    return daemon;
  };
  let keyring = await start();
  const endKeyring = async () => {
    const gone = once(keyring, 'exit');
    keyring.kill('SIGKILL');
    await gone;
  };
  return {
    env,
    lock: async () => {
      await send('Lock', `array:objpath:${login}`);
    },
    unlock: async () => {
      await endKeyring();
      keyring = await start();
    },
    endKeyring,
    prompterShown: () => existsSync(pidFile),
    dismiss: () => {
      process.kill(Number(readFileSync(pidFile, 'utf8')));
      rmSync(pidFile);
    },
  };
}
