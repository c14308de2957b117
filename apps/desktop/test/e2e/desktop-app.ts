import { type ChildProcess, execFile, execFileSync } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { isObject, parseJson } from '@deskclaw/protocol';
import { type ElectronApplication, _electron as electron, type Page } from 'playwright-core';
import { findElectron } from '../../scripts/electron-runtime.mjs';
import { appFolder, asOrdinaryUser, commandLine, type Home, useDisplay } from './surroundings.ts';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line, as the same user on the same home. */
export function deskclaw(home: Home, ...args: readonly string[]): Promise<Ran> {
  const [file, ...rest] = asOrdinaryUser(['node', commandLine, ...args]);
  return new Promise((resolve) => {
    execFile(file, rest, { env: home.env, timeout: 60_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

/** `status --json`, which answers in every state. */
export async function statusOf(home: Home): Promise<Readonly<Record<string, unknown>>> {
  const { stdout, stderr } = await deskclaw(home, 'status', '--json');
  const document = parseJson(stdout);
  const gateway = isObject(document) ? document['gateway'] : undefined;
  if (!isObject(gateway)) throw new Error(`status --json printed ${JSON.stringify(stdout)} and ${stderr}`);
  return gateway;
}

/** Whether a process is there and not only waiting to be reaped. */
export function lives(pid: number): boolean {
  try {
    return !/^Z/u.test(execFileSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).trim());
  } catch {
    return false;
  }
}

/** Electron's program in a wrapper that becomes an ordinary user first; Playwright takes one file. */
function electronAsOrdinaryUser(home: Home): string {
  const wrapped = asOrdinaryUser([findElectron() ?? 'electron']);
  const path = home.write('electron.sh', `#!/bin/sh\nexec ${wrapped.join(' ')} "$@"\n`);
  chmodSync(path, 0o755);
  return path;
}

/** The real app in a real Electron. */
export class DesktopApp {
  readonly electron: ElectronApplication;
  readonly page: Page;
  readonly process: ChildProcess;
  /** What the page said on its console. */
  readonly console: string[] = [];

  private constructor(app: ElectronApplication, page: Page) {
    this.electron = app;
    this.page = page;
    this.process = app.process();
    page.on('console', (message) => this.console.push(message.text()));
  }

  static async launch(home: Home, args: readonly string[] = []): Promise<DesktopApp> {
    const app = await electron.launch({
      executablePath: electronAsOrdinaryUser(home),
      args: [appFolder, ...args],
      env: { ...home.env, DISPLAY: await useDisplay() },
      chromiumSandbox: true,
      timeout: 30_000,
    });
    return new DesktopApp(app, await app.firstWindow());
  }

  /** The words that a screen reader hears: the state, and nothing that ticks. */
  async waitForState(words: string): Promise<void> {
    await this.page
      .getByRole('status')
      .filter({ hasText: words })
      .first()
      .waitFor({ state: 'attached', timeout: 30_000 });
  }

  /** Answers every dialog from now on by the label of a button, and keeps what was asked. */
  async answerDialogs(label: string): Promise<void> {
    await this.electron.evaluate(({ dialog }, wanted) => {
      const asked: unknown[] = [];
      Reflect.set(globalThis, 'dialogsAsked', asked);
      Reflect.set(dialog, 'showMessageBox', async (options: { buttons?: string[] }) => {
        asked.push(options);
        return { response: (options.buttons ?? []).indexOf(wanted), checkboxChecked: false };
      });
    }, label);
  }

  /** Ends the process and waits for it; what it leaves behind is for the test to look at. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.process.once('close', resolve));
    this.process.kill('SIGKILL');
    await gone;
  }

  /** Resolves with the exit code once it has ended by itself. */
  ended(): Promise<number | null> {
    if (this.process.exitCode !== null) return Promise.resolve(this.process.exitCode);
    return new Promise((resolve) => this.process.once('close', resolve));
  }
}
