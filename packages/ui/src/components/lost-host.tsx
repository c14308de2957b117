import { useApp, useSnapshot, useViewState } from '../app-context.tsx';
import { lostHost, signedOut } from '../view-models/lost-host.ts';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { Icon } from './icons.tsx';
import './first-run.css';

/** Shows the lost-host banner; the cards below keep their data. */
export function LostHost() {
  const lost = lostHost(useViewState());
  const { session, platform } = useApp();
  if (lost === undefined) return null;
  return (
    <section className="banner" data-tone={lost.tone} aria-labelledby="lost-title">
      <span className="banner-icon">
        <Icon name={lost.tone === 'idle' ? 'intent' : 'warning'} size={18} />
      </span>
      <div className="problem">
        <div role="alert">
          <h2 id="lost-title">{lost.title}</h2>
        </div>
        <p className="problem-summary">{lost.detail}</p>
        <p className="problem-summary">
          {lost.countdown}
          {lost.reason === undefined ? null : ` · last error: ${lost.reason}`}
        </p>
        <div className="step-buttons">
          <Button rank="primary" onPress={session.retryNow}>
            Try now
          </Button>
          {platform.kind === 'desktop' ? null : (
            <span className="command">
              <span className="command-label">or from a terminal</span>
              <code>{lost.command}</code>
              <CopyButton text={lost.command} what="command" />
            </span>
          )}
        </div>
      </div>
    </section>
  );
}

/** The screen of a page without a session: how to get one. */
export function SignedOut() {
  const { session } = useApp();
  const model = signedOut(useSnapshot());
  if (model === undefined) return null;
  return (
    <section className="first-run" aria-labelledby="signed-out-title" data-tone="idle">
      <div className="first-run-lead" role="alert">
        <h1 id="signed-out-title">{model.title}</h1>
        <p>{model.detail}</p>
      </div>
      <div className="way">
        <span className="way-command">
          <code>{model.command}</code>
          <CopyButton text={model.command} what="command" />
        </span>
        <p>This page continues by itself once another tab of this browser has opened the dashboard.</p>
        <Button onPress={session.retryNow}>Try now</Button>
      </div>
    </section>
  );
}
