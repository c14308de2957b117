// First, so that the order of the cascade layers is theirs.
import './styles/base.css';
import './styles/tokens.css';
import { browserClock, browserRandom, ControlClient, type FrameChannel } from '@deskclaw/core/client';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { AppProvider, type Platform } from './app-context.tsx';
import { validatingChannel } from './channels/validating-channel.ts';
import { createTicker, nextFrame } from './page-timing.ts';
import { Frame } from './screens/frame.tsx';
import { Session } from './session/session.ts';
import { restoreTheme } from './theme.ts';

export interface MountOptions {
  /** Called for every attempt to reach the host. */
  readonly openChannel: () => FrameChannel;
  readonly platform: Platform;
}

/** Mounts the app in an element. Returns a function that unmounts it and closes the connection. */
export function mount(element: Element, { openChannel, platform }: MountOptions): () => void {
  restoreTheme();
  const session = new Session({
    clock: browserClock,
    random: browserRandom,
    connect: (onMalformed) => new ControlClient(validatingChannel(openChannel(), onMalformed), { clock: browserClock }),
    nextFrame,
  });
  const app = { session, platform, ticker: createTicker() };
  const wake = () => session.retryNow();
  addEventListener('online', wake);
  addEventListener('focus', wake);
  const root = createRoot(element);
  root.render(
    <StrictMode>
      <AppProvider value={app}>
        <Frame />
      </AppProvider>
    </StrictMode>,
  );
  return () => {
    removeEventListener('online', wake);
    removeEventListener('focus', wake);
    root.unmount();
    session.close();
  };
}
