import type { LifecycleRequest, TrayModel } from '@deskclaw/ui/view-models';
import type { MenuItemConstructorOptions } from 'electron';

export interface TrayCommands {
  readonly ask: (request: LifecycleRequest) => void;
  readonly openWindow: () => void;
  readonly copyText: (text: string) => void;
  readonly quit: () => void;
}

const separator: MenuItemConstructorOptions = { type: 'separator' };

/** The menu of one moment: rows that only tell are disabled, and actions are those that fit the state. */
export function trayMenu(model: TrayModel, commands: TrayCommands): MenuItemConstructorOptions[] {
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
