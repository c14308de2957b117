import { type TrayIcon, type TrayModel, trayModel, type ViewState } from '@deskclaw/ui/view-models';
import type { MenuItemConstructorOptions, Tray } from 'electron';
import { type TrayCommands, trayMenu } from './tray-menu.ts';

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

/** What makes one menu different from another; `now` is not in it, so a tick builds nothing. */
function fingerprint(model: TrayModel): string {
  return JSON.stringify([model.firstRow, model.problem, model.url, model.actions]);
}

/**
 * The tray follows the state: nothing here remembers one. `undefined` where the system refuses a tray altogether;
 * whether anybody shows it is another question, see `tray-presence`.
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
    // Linux shows the menu it was given last, whatever is changed in it later.
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
