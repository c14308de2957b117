import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react';
import type { Session, Snapshot } from './session/session.ts';
import type { Ticker } from './ticker.ts';
import type { Sight } from './view-models/sight.ts';

/** What the screen cannot do by itself, and each shell does in its own way. */
export interface Platform {
  readonly kind: 'browser' | 'desktop';
  copyText(text: string): Promise<void>;
}

export interface Surroundings {
  readonly session: Session;
  readonly platform: Platform;
  readonly ticker: Ticker;
}

const Context = createContext<Surroundings | undefined>(undefined);

export function SurroundingsProvider({
  value,
  children,
}: {
  readonly value: Surroundings;
  readonly children: ReactNode;
}) {
  return <Context value={value}>{children}</Context>;
}

export function useSurroundings(): Surroundings {
  const surroundings = useContext(Context);
  if (surroundings === undefined) throw new Error('the screen was rendered outside of mount()');
  return surroundings;
}

export function useSnapshot(): Snapshot {
  const { session } = useSurroundings();
  return useSyncExternalStore(session.subscribe, session.getSnapshot);
}

/** Epoch ms; renders anew twice a second, so that no countdown shows a second for longer than it lasts. */
function useNow(): number {
  const { ticker } = useSurroundings();
  return useSyncExternalStore(ticker.subscribe, ticker.now);
}

export function useSight(): Sight {
  const { link, host, status, pending } = useSnapshot();
  return { link, host, status, pending, now: useNow() };
}
