import { spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { nodeClock as clock, nodeRandom as random } from '@deskclaw/core';
import type { Paths } from '@deskclaw/host';
import { isObject, type Problem } from '@deskclaw/protocol';
import {
  app,
  BrowserWindow,
  clipboard,
  dialog,
  ipcMain,
  Menu,
  nativeTheme,
  powerMonitor,
  protocol,
  screen,
  session,
  shell,
  Tray,
} from 'electron';
import { lostWindowDialog, problemDialog, quitDialog, restartDialog } from './dialogs.ts';
import { GatewayWatch } from './gateway/gateway-watch.ts';
import { lastStart } from './gateway/last-start.ts';
import { createProblemNotifier, HostLink } from './host-link/host-link.ts';
import { createHosts, problemOf } from './host-link/hosts.ts';
import { createIpcBridge } from './ipc/ipc-bridge.ts';
import type { AppFolders } from './launch/app-files.ts';
import { appFiles } from './launch/app-files.ts';
import { findNode, runProgram } from './launch/programs.ts';
import type { MenuCommands } from './menu/application-menu.ts';
import { createMenuBar } from './menu/application-menu.ts';
import { createQuitController } from './quit/quit-controller.ts';
import { planClose } from './quit/quit-plan.ts';
import { openSettings } from './settings/settings-file.ts';
import { createTray } from './tray/tray.ts';
import { isTrayShown } from './tray/tray-presence.ts';
import { BUNDLE_ORIGIN, BUNDLE_SCHEME, serveBundle } from './window/bundle.ts';
import { guardContents, guardSession } from './window/guards.ts';
import { windowOptions } from './window/options.ts';
import { createWindow } from './window/window.ts';

/** Shows a folder in the system's file manager, making it first where it is not there yet. */
function openFolder(path: string, platform: NodeJS.Platform): void {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  if (platform !== 'linux') {
    void shell.openPath(path);
    return;
  }
  // Electron waits there until xdg-open has ended, which may be when the file manager is closed: the app would hang.
  const opener = spawn('xdg-open', [path], { detached: true, stdio: 'ignore' });
  opener.once('error', () => undefined);
  opener.unref();
}

export interface DesktopOptions {
  readonly profile: string;
  /** Start in the tray. */
  readonly hidden: boolean;
  readonly paths: Paths;
  readonly folders: AppFolders;
  readonly dist: string;
}

function warn(text: string): void {
  console.error(`deskclaw: ${text}`);
}

function showProblem(problem: Problem): void {
  void dialog.showMessageBox(problemDialog(problem));
}

/** Wires the app. Nothing is awaited at the top level: Electron is not ready before this file has loaded. */
export function runDesktop({ profile, hidden, paths, folders, dist }: DesktopOptions): void {
  const { platform, env } = process;
  const now = () => clock.wallTime();
  const files = appFiles({
    dist,
    assets: join(dist, '..', 'assets'),
    resources: app.isPackaged ? process.resourcesPath : undefined,
    platform,
  });
  const settings = openSettings(folders.settings, warn);
  const hosts = createHosts({
    profile,
    env,
    clock,
    builtinGateway: files.builtinGateway,
    commandLine: files.commandLine,
    // Asked for now, used later: running it takes longer than looking for a host.
    node: findNode(env, platform, runProgram),
    lastStart: () => lastStart(paths.lastStart),
    prefersBackground: () => settings.current.keepGateway === 'always',
  });
  const link = new HostLink({
    clock,
    random,
    find: hosts.find,
    startHost: hosts.startHost,
    problemOf: (error) => problemOf(error, now()),
  });
  const watch = new GatewayWatch({
    link,
    lastStart: () => lastStart(paths.lastStart),
    clock,
    problemOf: (error) => problemOf(error, now()),
    onRefused: showProblem,
  });

  const quitController = createQuitController({
    input: async () => {
      const { connection } = link;
      return {
        host: connection && { role: connection.role, kind: connection.info.kind },
        status: watch.viewState.status,
        setting: settings.current.keepGateway,
        canMove: await hosts.canMove(),
        passesProcesses: platform !== 'win32',
      };
    },
    ask: async (question) => {
      const { response, checkboxChecked } = await dialog.showMessageBox(quitDialog(question));
      return { choice: response, remember: checkboxChecked };
    },
    connection: () => link.connection,
    endLink: () => link.end(),
    remember: (keepGateway) => settings.change({ keepGateway }),
    move: hosts.move,
    failed: async (error) => {
      await dialog.showMessageBox(problemDialog(problemOf(error, now())));
    },
    exit: () => app.exit(0),
  });
  const quit = (unattended: boolean) => {
    quitController.quit({ unattended }).catch((error: unknown) => {
      warn(String(error));
      app.exit(1);
    });
  };

  const window = createWindow({
    makeWindow: (options) => new BrowserWindow(options),
    options: () =>
      windowOptions({
        preload: files.preload,
        icon: files.appIcon,
        bounds: settings.current.window,
        workAreas: screen.getAllDisplays().map(({ workArea }) => workArea),
        dark: nativeTheme.shouldUseDarkColors,
        devTools: !app.isPackaged,
      }),
    url: `${BUNDLE_ORIGIN}/desktop.html`,
    clock,
    planClose: async () =>
      planClose({
        platform,
        quitting: quitController.isQuitting,
        trayShown: await isTrayShown(platform, env, runProgram),
      }),
    isQuitting: () => quitController.isQuitting,
    quit: () => quit(false),
    remember: (bounds) => settings.change({ window: bounds }),
    startMaximized: () => settings.current.window?.maximized === true,
    gaveUp: (reason) => void dialog.showMessageBox(lostWindowDialog(reason)),
  });

  const commands: MenuCommands & { readonly openWindow: () => void } = {
    ask: (request) => void watch.ask(request),
    openWindow: () => window.open(),
    goTo: (name) => window.goTo(name),
    copyText: (text) => void clipboard.writeText(text),
    setKeepGateway: (keepGateway) => settings.change({ keepGateway }),
    openLogs: () => openFolder(paths.logs, platform),
    confirmRestart: () => {
      void dialog.showMessageBox(restartDialog).then(({ response }) => {
        if (response === 0) void watch.ask({ method: 'gateway.restart' });
      });
    },
    quit: () => quit(false),
  };

  function whenReady(): void {
    guardSession(session.defaultSession);
    protocol.handle(BUNDLE_SCHEME, (request) => serveBundle(files.page, request, readFile));
    // Registered late because Chromium installs its own signal handlers during startup.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => quit(true));
    createIpcBridge({
      ipc: ipcMain,
      warn,
      openChannel: async () => (await link.whenLive()).openChannel(),
    });
    if (hidden) window.prepare();
    else window.open();
    const tray = createTray(
      {
        makeTray: (image) => new Tray(image),
        buildMenu: (template) => Menu.buildFromTemplate(template),
        iconFile: files.trayIcon,
        commands,
      },
      watch.viewState,
    );
    const menu = createMenuBar({
      show: (template) => Menu.setApplicationMenu(Menu.buildFromTemplate(template)),
      input: () => ({
        platform,
        viewState: watch.viewState,
        keepGateway: settings.current.keepGateway,
        devTools: !app.isPackaged,
      }),
      commands,
    });
    watch.onChange((viewState) => {
      tray?.update(viewState);
      menu.update();
    });
    settings.onChange(menu.update);
    link.onChange(createProblemNotifier(showProblem));
    // Delays the shutdown until the gateway has stopped; not every platform passes the event.
    powerMonitor.on('shutdown', (event?: { preventDefault(): void }) => {
      event?.preventDefault();
      quit(true);
    });
  }

  Menu.setApplicationMenu(null);
  app.on('web-contents-created', (_event, contents) => guardContents(contents));
  app.on('browser-window-created', (_event, created) => created.on('session-end', () => quit(true)));
  app.on('second-instance', (_event, _argv, _folder, data) => {
    // Started again with --hidden, as at login: the tray is already there.
    if (!isObject(data) || data['hidden'] !== true) window.open();
  });
  app.on('activate', () => window.open());
  // The app stays in the tray without a window; only quitting ends it.
  app.on('window-all-closed', () => undefined);
  app.on('before-quit', (event) => {
    event.preventDefault();
    quit(false);
  });
  app.whenReady().then(whenReady, (error: unknown) => {
    warn(String(error));
    app.exit(1);
  });
}
