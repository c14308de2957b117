/**
 * The few members of Electron that the app's parts use, each held to Electron's own types: when a member changes there,
 * this file no longer compiles. The tests in `e2e` hold the same parts to a real Electron.
 */
import { EventEmitter } from 'node:events';
import type * as Electron from 'electron';

type Template = Electron.MenuItemConstructorOptions[];

export function findItem(template: Template, id: string): Electron.MenuItemConstructorOptions | undefined {
  for (const item of template) {
    if (item.id === id) return item;
    const within = Array.isArray(item.submenu) ? findItem(item.submenu, id) : undefined;
    if (within !== undefined) return within;
  }
  return undefined;
}

/** Chooses an item, as a person does; one that is missing or disabled does nothing. */
export function choose(template: Template, id: string): void {
  const item = findItem(template, id);
  if (item?.click === undefined || item.enabled === false) return;
  // The handlers use none of Electron's arguments.
  Reflect.apply(item.click, undefined, []);
}

/** A fake tray that records its last image and menu; menus are the templates themselves. */
export class FakeTray extends EventEmitter implements Pick<Electron.Tray, 'setImage' | 'setToolTip' | 'destroy'> {
  image: string;
  tooltip = '';
  menu: Template = [];
  menusBuilt = 0;
  destroyed = false;

  constructor(image: string) {
    super();
    this.image = image;
  }

  setImage(image: Electron.NativeImage | string): void {
    this.image = String(image);
  }

  setToolTip(text: string): void {
    this.tooltip = text;
  }

  setContextMenu(menu: Template): void {
    this.menu = menu;
    this.menusBuilt += 1;
  }

  destroy(): void {
    this.destroyed = true;
  }
}

/** One end of a message channel; the test holds the other. */
export class FakePort
  extends EventEmitter
  implements Pick<Electron.MessagePortMain, 'start' | 'postMessage' | 'close'>
{
  readonly sent: unknown[] = [];
  started = false;
  closed = false;
  #queued: unknown[] = [];

  /** Delivers a message of the page; queued until the port is started, as in Electron. */
  receive(data: unknown): void {
    if (!this.started) this.#queued.push(data);
    else if (!this.closed) this.emit('message', { data, ports: [] } satisfies Electron.MessageEvent);
  }

  start(): void {
    this.started = true;
    const stored = this.#queued;
    this.#queued = [];
    for (const data of stored) this.receive(data);
  }

  postMessage(message: unknown): void {
    if (!this.closed) this.sent.push(message);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.emit('close');
  }
}

class FakePage extends EventEmitter implements Pick<Electron.WebContents, 'loadURL' | 'isDestroyed'> {
  readonly loaded: string[] = [];

  loadURL(url: string): Promise<void> {
    this.loaded.push(url);
    return Promise.resolve();
  }

  isDestroyed(): boolean {
    return false;
  }

  crash(reason: Electron.RenderProcessGoneDetails['reason']): void {
    this.emit('render-process-gone', {}, { reason, exitCode: 1 } satisfies Electron.RenderProcessGoneDetails);
  }
}

type WindowMembers =
  | 'show'
  | 'hide'
  | 'focus'
  | 'restore'
  | 'maximize'
  | 'destroy'
  | 'isVisible'
  | 'isMinimized'
  | 'isMaximized'
  | 'isDestroyed'
  | 'getNormalBounds';

export class FakeWindow extends EventEmitter implements Pick<Electron.BrowserWindow, WindowMembers> {
  readonly webContents = new FakePage();
  readonly options: Electron.BrowserWindowConstructorOptions;
  state: 'hidden' | 'shown' | 'minimized' | 'destroyed' = 'hidden';
  maximized = false;
  focused = 0;
  bounds: Electron.Rectangle = { x: 10, y: 20, width: 1_000, height: 700 };

  constructor(options: Electron.BrowserWindowConstructorOptions) {
    super();
    this.options = options;
  }

  show(): void {
    this.state = 'shown';
  }

  hide(): void {
    this.state = 'hidden';
  }

  focus(): void {
    this.focused += 1;
  }

  restore(): void {
    this.state = 'shown';
  }

  maximize(): void {
    this.maximized = true;
  }

  destroy(): void {
    if (this.state === 'destroyed') return;
    this.state = 'destroyed';
    this.emit('closed');
  }

  isVisible(): boolean {
    return this.state === 'shown';
  }

  isMinimized(): boolean {
    return this.state === 'minimized';
  }

  isMaximized(): boolean {
    return this.maximized;
  }

  isDestroyed(): boolean {
    return this.state === 'destroyed';
  }

  getNormalBounds(): Electron.Rectangle {
    return this.bounds;
  }

  /** The close button. */
  close(): void {
    let prevented = false;
    this.emit('close', {
      preventDefault: () => {
        prevented = true;
      },
    });
    if (!prevented) this.destroy();
  }
}
