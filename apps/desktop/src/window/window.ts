import type { Clock } from '@deskclaw/core';
import type { BrowserWindow, BrowserWindowConstructorOptions, RenderProcessGoneDetails, WebContents } from 'electron';
import type { ClosePlan } from '../quit/quit-plan.ts';
import type { WindowBounds } from '../settings/settings.ts';

/** More page crashes than this within the window stop automatic reloads. */
const MAX_CRASHES = 3;
const WINDOW_MS = 60_000;

export interface ReloadBudget {
  readonly crashes: readonly number[];
  readonly mayReload: boolean;
}

const freshBudget: ReloadBudget = { crashes: [], mayReload: true };

/** `at`: monotonic ms. */
function countCrash(budget: ReloadBudget, at: number): ReloadBudget {
  const crashes = [...budget.crashes.filter((one) => at - one < WINDOW_MS), at];
  return { crashes, mayReload: crashes.length <= MAX_CRASHES };
}

/** A hidden window costs about 100 MB, so it is destroyed after this time and created again when opened. */
const DISMISS_AFTER_MS = 10 * 60_000;

export type PageHandle = Pick<WebContents, 'loadURL' | 'isDestroyed'> & {
  on(event: 'render-process-gone', listener: (event: unknown, details: RenderProcessGoneDetails) => void): unknown;
};

export type WindowHandle = Pick<
  BrowserWindow,
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
  | 'getNormalBounds'
> & {
  readonly webContents: PageHandle;
  once(event: 'ready-to-show' | 'closed', listener: () => void): unknown;
  on(event: 'close', listener: (event: { preventDefault(): void }) => void): unknown;
};

export interface WindowDeps<W extends WindowHandle> {
  readonly makeWindow: (options: BrowserWindowConstructorOptions) => W;
  readonly options: () => BrowserWindowConstructorOptions;
  readonly url: string;
  readonly clock: Pick<Clock, 'now' | 'schedule'>;
  /** Decides what closing does; called on every close. */
  readonly planClose: () => Promise<ClosePlan>;
  readonly isQuitting: () => boolean;
  readonly quit: () => void;
  readonly remember: (bounds: WindowBounds) => void;
  readonly startMaximized: () => boolean;
  /** The page kept crashing. */
  readonly gaveUp: (reason: string) => void;
}

export interface AppWindow<W extends WindowHandle> {
  /** The current window, if any. */
  readonly current: W | undefined;
  /** Brings the window to the front; creates it if needed. */
  open(): void;
  /** Opens a screen of the page by changing the URL fragment; loads nothing. */
  goTo(screen: string): void;
  /** Creates the window without showing it, so that opening it later is instant. */
  prepare(): void;
}

function boundsOf(window: WindowHandle): WindowBounds {
  const { x, y, width, height } = window.getNormalBounds();
  return { x, y, width, height, maximized: window.isMaximized() };
}

/**
 * The app window: created when opened, hidden when closed, destroyed after long hiding, reloaded when its page crashes.
 */
export function createWindow<W extends WindowHandle>(deps: WindowDeps<W>): AppWindow<W> {
  let window: W | undefined;
  let painted = false;
  let wanted = false;
  let budget: ReloadBudget = freshBudget;
  let cancelDismissal: (() => void) | undefined;

  function reveal(shown: W): void {
    if (deps.startMaximized() && !shown.isVisible()) shown.maximize();
    if (shown.isMinimized()) shown.restore();
    shown.show();
    shown.focus();
  }

  function hide(hidden: W): void {
    wanted = false;
    hidden.hide();
    cancelDismissal = deps.clock.schedule(DISMISS_AFTER_MS, () => hidden.destroy());
  }

  async function close(closing: W): Promise<void> {
    const plan = await deps.planClose();
    if (closing.isDestroyed()) return;
    switch (plan) {
      case 'close':
        return closing.destroy();
      case 'hide':
        return hide(closing);
      case 'quit':
        return deps.quit();
      default:
        return plan satisfies never;
    }
  }

  function recover(broken: W, details: RenderProcessGoneDetails): void {
    if (details.reason === 'clean-exit' || deps.isQuitting() || broken.isDestroyed()) return;
    budget = countCrash(budget, deps.clock.now());
    if (budget.mayReload) void load(broken);
    else deps.gaveUp(details.reason);
  }

  async function load(into: W, fragment = ''): Promise<void> {
    try {
      await into.webContents.loadURL(`${deps.url}${fragment}`);
    } catch (error) {
      // A load interrupted by a crash or by quitting is reported by those.
      if (!into.isDestroyed() && !deps.isQuitting())
        deps.gaveUp(error instanceof Error ? error.message : String(error));
    }
  }

  function make(): W {
    const made = deps.makeWindow(deps.options());
    painted = false;
    made.once('ready-to-show', () => {
      painted = true;
      if (wanted) reveal(made);
    });
    made.on('close', (event) => {
      deps.remember(boundsOf(made));
      if (deps.isQuitting()) return;
      event.preventDefault();
      void close(made);
    });
    made.once('closed', () => {
      cancelDismissal?.();
      if (window === made) window = undefined;
    });
    made.webContents.on('render-process-gone', (_event, details) => recover(made, details));
    void load(made);
    return made;
  }

  function open(): W {
    cancelDismissal?.();
    wanted = true;
    window ??= make();
    if (painted) reveal(window);
    return window;
  }

  return {
    get current() {
      return window;
    },
    open: () => void open(),
    goTo: (screen) => void load(open(), `#${screen}`),
    prepare: () => {
      window ??= make();
    },
  };
}
