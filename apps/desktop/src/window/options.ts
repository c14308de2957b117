import type { BrowserWindowConstructorOptions } from 'electron';
import type { WindowPlace } from '../settings/settings.ts';
import { type Area, MIN_SIZE, placeWindow } from './place.ts';

export interface WindowFacts {
  readonly preload: string;
  readonly icon: string;
  readonly place: WindowPlace | undefined;
  readonly workAreas: readonly Area[];
  readonly dark: boolean;
  /** Not in a packed app. */
  readonly devTools: boolean;
}

/** What a window may do; every line that weakens nothing is spelled out, so that a change of a default changes nothing. */
export function windowOptions(facts: WindowFacts): BrowserWindowConstructorOptions {
  return {
    ...placeWindow(facts.place, facts.workAreas),
    minWidth: MIN_SIZE.width,
    minHeight: MIN_SIZE.height,
    title: 'DeskClaw',
    icon: facts.icon,
    // Shown with its first picture, on the page's own background: no white flash.
    show: false,
    backgroundColor: facts.dark ? '#111315' : '#fafafa',
    webPreferences: {
      preload: facts.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      nodeIntegrationInSubFrames: false,
      webSecurity: true,
      webviewTag: false,
      navigateOnDragDrop: false,
      devTools: facts.devTools,
      spellcheck: false,
      v8CacheOptions: 'code',
    },
  };
}
