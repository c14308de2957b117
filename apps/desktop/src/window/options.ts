import type { BrowserWindowConstructorOptions } from 'electron';
import type { WindowBounds } from '../settings/settings.ts';

export interface Area {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export const DEFAULT_SIZE = { width: 1100, height: 720 } as const;
export const MIN_SIZE = { width: 720, height: 480 } as const;

/** Part of the window that must be visible to drag it, px. */
const GRAB_AREA = 64;

function overlap(from: number, length: number, areaFrom: number, areaLength: number): number {
  return Math.min(from + length, areaFrom + areaLength) - Math.max(from, areaFrom);
}

/** Returns the previous bounds if enough of them is on a screen; otherwise only the size. */
export function restoreBounds(
  saved: WindowBounds | undefined,
  workAreas: readonly Area[],
): Partial<Area> & { readonly width: number; readonly height: number } {
  if (saved === undefined) return DEFAULT_SIZE;
  const size = { width: Math.max(saved.width, MIN_SIZE.width), height: Math.max(saved.height, MIN_SIZE.height) };
  const reachable = workAreas.some(
    (area) =>
      overlap(saved.x, size.width, area.x, area.width) >= GRAB_AREA &&
      overlap(saved.y, GRAB_AREA, area.y, area.height) >= GRAB_AREA / 2,
  );
  return reachable ? { ...size, x: saved.x, y: saved.y } : size;
}

export interface WindowInput {
  readonly preload: string;
  readonly icon: string;
  readonly bounds: WindowBounds | undefined;
  readonly workAreas: readonly Area[];
  readonly dark: boolean;
  /** Not in a packed app. */
  readonly devTools: boolean;
}

/** Window options. Every security option is set explicitly, so that a changed default of Electron changes nothing. */
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
