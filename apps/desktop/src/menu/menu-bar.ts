import { trayModel } from '@deskclaw/ui/view-models';
import type { MenuItemConstructorOptions } from 'electron';
import { applicationMenu, type MenuCommands, type MenuInput } from './application-menu.ts';

export interface MenuBarDeps {
  readonly show: (template: MenuItemConstructorOptions[]) => void;
  readonly input: () => MenuInput;
  readonly commands: MenuCommands;
}

/** What makes one menu different from another. A busy gateway reports hundreds of times a second, and a menu is a native thing. */
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
