import { useEffect, useRef } from 'react';
import { useSnapshot } from '../app-context.tsx';
import { LostHost, SignedOut } from '../components/lost-host.tsx';
import { RequestRefused } from '../components/problem.tsx';
import { Sidebar, screenNames } from '../components/sidebar.tsx';
import { StatusBar } from '../components/status-bar.tsx';
import { type ScreenName, useRegionNavigation, useScreen } from '../navigation.ts';
import { signedOut } from '../view-models/lost-host.ts';
import { Logs } from './logs.tsx';
import { Overview } from './overview.tsx';
import './frame.css';

function Screen({ name }: { readonly name: ScreenName }) {
  const snapshot = useSnapshot();
  if (signedOut(snapshot) !== undefined) return <SignedOut />;
  switch (name) {
    case 'overview':
      return <Overview />;
    case 'logs':
      return <Logs />;
    default:
      return name satisfies never;
  }
}

/** The page frame: sidebar, current screen and status bar. */
export function Frame() {
  const screen = useScreen();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(screen);
  useRegionNavigation();
  useEffect(() => {
    document.title = screen === 'overview' ? 'DeskClaw' : `${screenNames[screen]} – DeskClaw`;
    if (shown.current === screen) return;
    shown.current = screen;
    main.current?.focus();
  }, [screen]);
  return (
    <div className="frame">
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        Skip to content
      </button>
      <Sidebar screen={screen} />
      <main
        ref={main}
        id="content"
        className="content"
        data-screen={screen}
        tabIndex={-1}
        aria-label={screenNames[screen]}
      >
        <LostHost />
        <RequestRefused />
        <Screen name={screen} />
      </main>
      <StatusBar />
    </div>
  );
}
