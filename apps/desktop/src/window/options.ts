import type { BrowserWindowConstructorOptions } from 'electron';
import type { WindowBounds } from '../settings/settings.ts';
import { type Area, MIN_SIZE, restoreBounds } from './bounds.ts';

export interface WindowInput {
  readonly preload: string;
  readonly icon: string;
  readonly bounds: WindowBounds | undefined;
  readonly workAreas: readonly Area[];
  readonly dark: boolean;
  /** Not in a packed app. */
  readonly devTools: boolean;
}

/** What a window may do; every line that weakens nothing is spelled out, so that a change of a default changes nothing. */
export function windowOptions(input: WindowInput): BrowserWindowConstructorOptions {
  return {
    ...restoreBounds(input.bounds, input.workAreas),
    minWidth: MIN_SIZE.width,
    minHeight: MIN_SIZE.height,
    title: 'DeskClaw',
    icon: input.icon,
    // Shown with its first picture, on the page's own background: no white flash.
    show: false,
    backgroundColor: input.dark ? '#111315' : '#fafafa',
    webPreferences: {
      preload: input.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      devTools: input.devTools,
      spellcheck: false,
      v8CacheOptions: 'code',
    },
  };
}
