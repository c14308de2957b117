import {
  type LifecycleRequest,
  type TrayIcon,
  type TrayModel,
  trayModel,
  type ViewState,
} from '@deskclaw/ui/view-models';
import type { MenuItemConstructorOptions, Tray } from 'electron';

export interface TrayCommands {
  readonly ask: (request: LifecycleRequest) => void;
  readonly openWindow: () => void;
  readonly copyText: (text: string) => void;
  readonly quit: () => void;
}

const separator: MenuItemConstructorOptions = { type: 'separator' };

/** Builds the tray menu: information rows are disabled, and actions fit the state. */
function trayMenu(model: TrayModel, commands: TrayCommands): MenuItemConstructorOptions[] {
  const { url } = model;
  return [
    { id: 'state', label: model.firstRow, enabled: false },
    ...(model.problem === undefined ? [] : [{ id: 'problem', label: model.problem, enabled: false }]),
    separator,
    ...model.actions.map(({ id, label, enabled, request }) => ({
      id,
      label,
      enabled,
      click: () => commands.ask(request),
    })),
    ...(model.actions.length === 0 ? [] : [separator]),
    { id: 'open', label: 'Open DeskClaw', click: () => commands.openWindow() },
    ...(url === undefined ? [] : [{ id: 'copy-url', label: `Copy ${url}`, click: () => commands.copyText(url) }]),
    separator,
    { id: 'quit', label: 'Quit DeskClaw', click: () => commands.quit() },
  ];
}

export type TrayHandle<M> = Pick<Tray, 'setImage' | 'setToolTip' | 'destroy'> & {
  setContextMenu(menu: M): void;
  on(event: 'click', listener: () => void): unknown;
};

/** `M`: what a menu is; Electron's own, or a test's. */
export interface TrayDeps<M> {
  /** May throw where the system has no tray. */
  readonly makeTray: (image: string) => TrayHandle<M>;
  readonly buildMenu: (template: MenuItemConstructorOptions[]) => M;
  /** The file of an icon; its `@2x` sister lies beside it. */
  readonly iconFile: (icon: TrayIcon) => string;
  readonly commands: TrayCommands;
}

export interface AppTray {
  update(viewState: ViewState): void;
  destroy(): void;
}

/** Identifies the content of a menu. `now` is left out, so a clock tick rebuilds nothing. */
function fingerprint(model: TrayModel): string {
  return JSON.stringify([model.firstRow, model.problem, model.url, model.actions]);
}

/**
 * Creates a tray that follows the view state. Returns `undefined` when the system has no tray; see `tray-presence` for
 * whether a panel shows it.
 */
export function createTray<M>(deps: TrayDeps<M>, first: ViewState): AppTray | undefined {
  let shown = trayModel(first);
  let tray: TrayHandle<M>;
  try {
    tray = deps.makeTray(deps.iconFile(shown.icon));
  } catch {
    return undefined;
  }

  function showMenu(model: TrayModel): void {
    tray.setToolTip(`DeskClaw: ${model.firstRow}`);
    // Linux ignores later changes of a menu, so each change sets a new one.
    tray.setContextMenu(deps.buildMenu(trayMenu(model, deps.commands)));
  }

  showMenu(shown);
  tray.on('click', () => deps.commands.openWindow());

  return {
    update: (viewState) => {
      const model = trayModel(viewState);
      if (model.icon !== shown.icon) tray.setImage(deps.iconFile(model.icon));
      if (fingerprint(model) !== fingerprint(shown)) showMenu(model);
      shown = model;
    },
    destroy: () => tray.destroy(),
  };
}
