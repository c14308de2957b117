import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { isObject, parseJson } from '@deskclaw/protocol';
import { type ElectronApplication, _electron as electron, errors, type Locator, type Page } from 'playwright-core';
import { findElectron } from '../../scripts/electron-runtime.mjs';
import { appFolder, asOrdinaryUser, commandLine, type Home, useDisplay } from './test-environment.ts';

export interface CommandResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command line, as the same user on the same home. */
export function deskclaw(home: Home, ...args: readonly string[]): Promise<CommandResult> {
  const [file, ...rest] = asOrdinaryUser(['node', commandLine, ...args]);
  return new Promise((resolve) => {
    execFile(file, rest, { env: home.env, timeout: 60_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
  });
}

type Facts = Readonly<Record<string, unknown>>;

/** `status --json`, which answers in every state. */
export async function statusOf(home: Home): Promise<{ readonly gateway: Facts; readonly host: Facts | undefined }> {
  const { stdout, stderr } = await deskclaw(home, 'status', '--json');
  const document = parseJson(stdout);
  if (!isObject(document) || !isObject(document['gateway'])) {
    throw new Error(`status --json printed ${JSON.stringify(stdout)} and ${stderr}`);
  }
  const { gateway, host } = document;
  return { gateway, host: isObject(host) ? host : undefined };
}

/** Whether a process is there and not only waiting to be reaped. */
export function isAlive(pid: number): boolean {
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

export interface TrayContents {
  readonly icon?: string;
  readonly tooltip?: string;
  readonly rows?: readonly { readonly id: string; readonly label: string; readonly enabled: boolean }[];
}

/** The real app in a real Electron. */
export class DesktopApp {
  readonly electron: ElectronApplication;
  readonly page: Page;
  readonly process: ChildProcess;
  /** Console messages of the page. */
  readonly console: string[] = [];

  private constructor(app: ElectronApplication, page: Page) {
    this.electron = app;
    this.page = page;
    this.process = app.process();
    page.on('console', (message) => this.console.push(message.text()));
  }

  static async launch(home: Home, args: readonly string[] = []): Promise<DesktopApp> {
    const options = {
      executablePath: electronAsOrdinaryUser(home),
      args: [appFolder, ...args],
      env: { ...home.env, DISPLAY: await useDisplay() },
      chromiumSandbox: true,
    };
    const app = await electron.launch({ ...options, timeout: 15_000 }).catch((error: unknown) => {
      if (!(error instanceof errors.TimeoutError)) throw error;
      // The driver holds the app back until it has attached, which hung once in some hundred launches: nothing of ours has begun.
      console.warn('The test driver could not attach to Electron; it is started once more.');
      return electron.launch({ ...options, timeout: 30_000 });
    });
    return new DesktopApp(app, await app.firstWindow());
  }

  /** Text of the live region that a screen reader announces: the state, without counters. */
  get announcement(): Locator {
    return this.page.locator('.status-bar').getByRole('status');
  }

  async waitForState(words: string): Promise<void> {
    await this.page
      .getByRole('status')
      .filter({ hasText: words })
      .first()
      .waitFor({ state: 'attached', timeout: 30_000 });
  }

  /** Keeps what the tray is given from now on: the system offers no way to look at it. */
  async watchTray(): Promise<void> {
    await this.electron.evaluate(({ Tray }) => {
      const seen: { icon?: string; tooltip?: string; rows?: { id: string; label: string; enabled: boolean }[] } = {};
      Reflect.set(globalThis, 'traySeen', seen);
      const { setImage, setToolTip, setContextMenu } = Tray.prototype;
      Tray.prototype.setImage = function (image) {
        seen.icon = String(image);
        setImage.call(this, image);
      };
      Tray.prototype.setToolTip = function (text) {
        seen.tooltip = text;
        setToolTip.call(this, text);
      };
      Tray.prototype.setContextMenu = function (menu) {
        seen.rows =
          menu?.items
            .filter(({ type }) => type !== 'separator')
            .map(({ id, label, enabled }) => ({ id, label, enabled })) ?? [];
        setContextMenu.call(this, menu);
      };
    });
  }

  tray(): Promise<TrayContents> {
    return this.electron.evaluate(() => Reflect.get(globalThis, 'traySeen'));
  }

  /** Chooses an item of the application menu, as a person does; `false`: it cannot be chosen now. */
  chooseMenuItem(id: string): Promise<boolean> {
    return this.electron.evaluate(({ Menu }, wanted) => {
      const item = Menu.getApplicationMenu()?.getMenuItemById(wanted);
      if (item?.enabled !== true) return false;
      item.click();
      return true;
    }, id);
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

  /** Dialogs shown since `answerDialogs`. */
  dialogs(): Promise<readonly { readonly message: string }[]> {
    return this.electron.evaluate(() => Reflect.get(globalThis, 'dialogsAsked'));
  }

  isVisible(): Promise<boolean> {
    return this.electron.evaluate(({ BrowserWindow }) => BrowserWindow.getAllWindows().some((one) => one.isVisible()));
  }

  /** Asks it to quit, as the menu does; whether it ends is another question. */
  async quit(): Promise<void> {
    await this.chooseMenuItem('quit').catch(() => false);
  }

  /** Path of the wrapper that starts Electron with a given home. */
  static program(home: Home): string {
    return electronAsOrdinaryUser(home);
  }

  /** Starts the app without a debugger, for a start that ends by itself. Resolves with the exit code. */
  static async runToEnd(home: Home, args: readonly string[] = []): Promise<number | null> {
    const display = await useDisplay();
    return new Promise((resolve, reject) => {
      const child = spawn(electronAsOrdinaryUser(home), [appFolder, ...args], {
        env: { ...home.env, DISPLAY: display },
        stdio: 'ignore',
      });
      child.once('error', reject);
      child.once('exit', resolve);
    });
  }

  /** Ends the process and waits for it; what it leaves behind is for the test to look at. */
  async kill(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill('SIGKILL');
    await gone;
  }

  /** Resolves with the exit code once it has ended by itself. */
  ended(): Promise<number | null> {
    if (this.process.exitCode !== null) return Promise.resolve(this.process.exitCode);
    return new Promise((resolve) => this.process.once('exit', resolve));
  }
}
