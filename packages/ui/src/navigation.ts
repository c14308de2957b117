import { useSyncExternalStore } from 'react';

export const screens = ['overview', 'logs'] as const;
export type ScreenName = (typeof screens)[number];

function current(): ScreenName {
  const name = location.hash.slice(1);
  return screens.find((screen) => screen === name) ?? 'overview';
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}

/** The address names the screen, so that back, forward and reload do what they say. */
export function useScreen(): ScreenName {
  return useSyncExternalStore(subscribe, current);
}
