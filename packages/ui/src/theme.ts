import { useSyncExternalStore } from 'react';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const KEY = 'deskclaw.theme';
const listeners = new Set<() => void>();

function read(): Theme {
  try {
    const stored = localStorage.getItem(KEY);
    return themes.find((theme) => theme === stored) ?? 'system';
  } catch {
    // Storage may be forbidden; the theme then follows the system.
    return 'system';
  }
}

let theme: Theme = 'system';

function apply(): void {
  if (theme === 'system') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}

/** Applied before the first paint, so that a dark page never flashes white. */
export function restoreTheme(): void {
  theme = read();
  apply();
}

export function chooseTheme(chosen: Theme): void {
  theme = chosen;
  apply();
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // The choice then lasts until the page closes.
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function useTheme(): Theme {
  return useSyncExternalStore(subscribe, () => theme);
}
