import { createContext, type ReactNode, useContext, useSyncExternalStore } from 'react';
import type { Ticker } from './page-timing.ts';
import type { Session, Snapshot } from './session/session.ts';
import type { ViewState } from './view-models/view-state.ts';

/** Abilities that differ between the browser and the desktop app. */
export interface Platform {
  readonly kind: 'browser' | 'desktop';
  copyText(text: string): Promise<void>;
}

export interface AppContext {
  readonly session: Session;
  readonly platform: Platform;
  readonly ticker: Ticker;
}

const Context = createContext<AppContext | undefined>(undefined);

export function AppProvider({ value, children }: { readonly value: AppContext; readonly children: ReactNode }) {
  return <Context value={value}>{children}</Context>;
}

export function useApp(): AppContext {
  const app = useContext(Context);
  if (app === undefined) throw new Error('the screen was rendered outside of mount()');
  return app;
}

export function useSnapshot(): Snapshot {
  const { session } = useApp();
  return useSyncExternalStore(session.subscribe, session.getSnapshot);
}

/** Epoch ms; re-renders twice a second, so that no countdown shows a second for longer than it lasts. */
function useNow(): number {
  const { ticker } = useApp();
  return useSyncExternalStore(ticker.subscribe, ticker.now);
}

export function useViewState(): ViewState {
  const { link, host, status, pending } = useSnapshot();
  return { link, host, status, pending, now: useNow() };
}
