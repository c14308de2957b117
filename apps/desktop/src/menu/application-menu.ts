import { type LifecycleRequest, trayModel, type ViewState } from '@deskclaw/ui/view-models';
import type { MenuItemConstructorOptions } from 'electron';
import type { KeepGateway } from '../settings/settings.ts';

export interface MenuInput {
  readonly platform: NodeJS.Platform;
  readonly viewState: ViewState;
  readonly keepGateway: KeepGateway;
  readonly devTools: boolean;
}

export interface MenuCommands {
  readonly ask: (request: LifecycleRequest) => void;
  /** Asks first: running work is interrupted. */
  readonly confirmRestart: () => void;
  readonly copyText: (text: string) => void;
  readonly setKeepGateway: (setting: KeepGateway) => void;
  readonly goTo: (screen: ScreenName) => void;
  readonly openLogs: () => void;
  readonly quit: () => void;
}

/** The screens of the page, as its address names them. */
export const screenNames = ['overview', 'logs'] as const;
export type ScreenName = (typeof screenNames)[number];

type Item = MenuItemConstructorOptions;
const separator: Item = { type: 'separator' };

const keepLabels: Readonly<Record<KeepGateway, string>> = {
  ask: 'Ask Each Time',
  always: 'Keep the Gateway Running',
  never: 'Stop the Gateway',
};

function whenQuitting(input: MenuInput, commands: MenuCommands): Item {
  const choices = ['ask', 'always', 'never'] as const satisfies readonly KeepGateway[];
  return {
    id: 'when-quitting',
    label: 'When I Quit',
    submenu: choices.map((choice) => ({
      id: `keep-${choice}`,
      type: 'radio',
      label: keepLabels[choice],
      checked: input.keepGateway === choice,
      click: () => commands.setKeepGateway(choice),
    })),
  };
}

const accelerators: Readonly<Partial<Record<string, string>>> = {
  restart: 'CmdOrCtrl+Shift+R',
  reconnect: 'CmdOrCtrl+R',
};

/** The same actions as in the tray, since both are made from the same model. */
function gatewayMenu(input: MenuInput, commands: MenuCommands): Item {
  const { actions, url, firstRow } = trayModel(input.viewState);
  return {
    id: 'gateway',
    label: 'Gateway',
    submenu: [
      { id: 'state', label: firstRow, enabled: false },
      separator,
      ...actions.map(({ id, label, enabled, request }): Item => {
        const accelerator = accelerators[id];
        // After a failure nothing runs that a restart could interrupt.
        const asks = id === 'restart' && input.viewState.status?.state !== 'error';
        return {
          id,
          label: asks ? `${label}…` : label,
          enabled,
          ...(accelerator === undefined ? {} : { accelerator }),
          click: () => (asks ? commands.confirmRestart() : commands.ask(request)),
        };
      }),
      separator,
      { id: 'copy-url', label: 'Copy Address', enabled: url !== undefined, click: () => commands.copyText(url ?? '') },
      { id: 'open-logs', label: 'Open Log Folder', click: () => commands.openLogs() },
      separator,
      whenQuitting(input, commands),
    ],
  };
}

function quitItem(commands: MenuCommands): Item {
  return { id: 'quit', label: 'Quit DeskClaw', accelerator: 'CmdOrCtrl+Q', click: () => commands.quit() };
}

function firstMenu(input: MenuInput, commands: MenuCommands): Item {
  if (input.platform !== 'darwin') {
    return { label: '&File', submenu: [{ role: 'close', accelerator: 'CmdOrCtrl+W' }, separator, quitItem(commands)] };
  }
  return {
    label: 'DeskClaw',
    submenu: [
      { role: 'about' },
      separator,
      { role: 'services' },
      separator,
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      separator,
      quitItem(commands),
    ],
  };
}

const screenLabels: Readonly<Record<ScreenName, string>> = { overview: 'Overview', logs: 'Logs' };

function viewMenu(input: MenuInput, commands: MenuCommands): Item {
  const screens = screenNames.map(
    (screen, index): Item => ({
      id: `screen-${screen}`,
      label: screenLabels[screen],
      accelerator: `CmdOrCtrl+${String(index + 1)}`,
      click: () => commands.goTo(screen),
    }),
  );
  const tools: readonly Item[] = input.devTools ? [separator, { role: 'toggleDevTools' }] : [];
  const zoom: readonly Item[] = [{ role: 'resetZoom' }, { role: 'zoomIn' }, { role: 'zoomOut' }];
  // No reload item: the page recovers on its own, and Ctrl+R reconnects.
  return {
    label: '&View',
    submenu: [...screens, separator, ...zoom, separator, { role: 'togglefullscreen' }, ...tools],
  };
}

/** The whole menu of one moment. */
export function applicationMenu(input: MenuInput, commands: MenuCommands): Item[] {
  return [
    firstMenu(input, commands),
    { role: 'editMenu' },
    gatewayMenu(input, commands),
    viewMenu(input, commands),
    { role: 'windowMenu' },
  ];
}

export interface MenuBarDeps {
  readonly show: (template: MenuItemConstructorOptions[]) => void;
  readonly input: () => MenuInput;
  readonly commands: MenuCommands;
}

/**
 * Returns a key of everything that the menu shows. A busy gateway emits hundreds of events per second, and each rebuild
 * creates a native menu.
 */
function fingerprint({ viewState, keepGateway }: MenuInput): string {
  const { firstRow, actions, url } = trayModel(viewState);
  return JSON.stringify([firstRow, actions, url, keepGateway]);
}

/** Shows the menu of this moment, at once and whenever `update` finds another than the one shown. */
export function createMenuBar({ show, input, commands }: MenuBarDeps): { update(): void } {
  let shown: string | undefined;
  function update(): void {
    const now = input();
    const print = fingerprint(now);
    if (print === shown) return;
    shown = print;
    show(applicationMenu(now, commands));
  }
  update();
  return { update };
}
