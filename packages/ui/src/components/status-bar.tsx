import { useApp, useSnapshot, useViewState } from '../app-context.tsx';
import { statusBar } from '../view-models/status-bar.ts';
import { StateGlyph } from './state-glyph.tsx';
import './status-bar.css';

/** The status bar. Only the state is announced, not the running times. */
export function StatusBar() {
  const bar = statusBar(useViewState());
  const { malformed } = useSnapshot();
  const { session } = useApp();
  return (
    <footer className="status-bar" data-tone={bar.appearance.tone}>
      <span className="status-state">
        <StateGlyph shape={bar.appearance.shape} size={14} />
        <span aria-hidden="true">{bar.appearance.label}</span>
        <span className="visually-hidden" role="status">
          {bar.announcement}
        </span>
      </span>
      <ul className="status-segments">
        {bar.segments.map((segment, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: a place in the line, whose text ticks
          <li key={index}>{segment}</li>
        ))}
      </ul>
      {bar.canRetry ? (
        <button type="button" className="status-retry" onClick={session.retryNow}>
          Try now
        </button>
      ) : null}
      <span className="status-end">
        {malformed === 0 ? null : <span>{malformed.toLocaleString('en')} unreadable</span>}
        {bar.version === undefined ? null : <span>DeskClaw {bar.version}</span>}
      </span>
    </footer>
  );
}
