import { useEffect, useSyncExternalStore } from 'react';

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

/** Returns the screen named by the URL fragment, so that back, forward and reload work. */
export function useScreen(): ScreenName {
  return useSyncExternalStore(subscribe, current);
}

const REGIONS = '.sidebar a[aria-current], #content, .chat textarea, .status-bar button';

/** F6 and Shift+F6 move the focus between the regions of the page. */
export function useRegionNavigation(): void {
  useEffect(() => {
    function press(event: KeyboardEvent): void {
      if (event.key !== 'F6' || event.ctrlKey || event.altKey || event.metaKey) return;
      const stops = [...document.querySelectorAll<HTMLElement>(REGIONS)];
      const current = stops.findLastIndex(
        (stop) => stop === document.activeElement || stop.contains(document.activeElement),
      );
      const next = stops.at((current + (event.shiftKey ? -1 : 1) + stops.length) % stops.length);
      if (next === undefined) return;
      event.preventDefault();
      next.focus();
    }
    addEventListener('keydown', press);
    return () => removeEventListener('keydown', press);
  }, []);
}
