import { useApp, useSnapshot } from '../app-context.tsx';
import { type FirstRunFinding, firstRun, installCommand, type FirstRun as Model } from '../view-models/first-run.ts';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { Icon } from './icons.tsx';
import './first-run.css';

const tones = { yes: 'ok', no: 'alert', open: 'idle' } as const;

function Finding({ finding }: { readonly finding: FirstRunFinding }) {
  return (
    <li className="finding" data-tone={tones[finding.mark]}>
      <span className="finding-mark">
        <Icon name={finding.mark} size={14} />
      </span>
      <div>
        <p className="finding-text">{finding.text}</p>
        {finding.detail === undefined ? null : <p className="finding-detail">{finding.detail}</p>}
      </div>
    </li>
  );
}

function StartOptions({ model }: { readonly model: Model }) {
  const { session } = useApp();
  const { pending, link } = useSnapshot();
  const busy = pending.length > 0;
  const unavailable = link.name !== 'live';
  return (
    <ol className="ways">
      <li className="way">
        <h2>Run OpenClaw</h2>
        {model.openclawMissing ? (
          <>
            <p>Install it from a terminal, then check again.</p>
            <span className="way-command">
              <code>{installCommand}</code>
              <CopyButton text={installCommand} what="command" />
            </span>
          </>
        ) : (
          <p>DeskClaw finds OpenClaw on this computer, checks it, starts it, and keeps it running.</p>
        )}
        <Button
          rank="primary"
          busy={busy}
          unavailable={unavailable}
          onPress={() => session.request({ method: 'gateway.start' })}
        >
          {model.openclawMissing ? 'Check again and start' : 'Start'}
        </Button>
      </li>
      <li className="way">
        <h2>Try the built-in gateway</h2>
        <p>A small gateway for trying things out. It echoes what you send. It is not OpenClaw.</p>
        <Button
          busy={busy}
          unavailable={unavailable}
          onPress={() => session.request({ method: 'gateway.start', params: { gateway: 'builtin' } })}
        >
          Start built-in gateway
        </Button>
      </li>
    </ol>
  );
}

/** The screen before there ever was a gateway: what was found, and the two ways on. */
export function FirstRun() {
  const model = firstRun(useSnapshot());
  if (model === undefined) return null;
  return (
    <section className="first-run" aria-labelledby="first-run-title" data-tone="idle">
      <div className="first-run-lead">
        <h1 id="first-run-title">{model.title}</h1>
        <p>{model.lead}</p>
      </div>
      <ul className="findings" aria-label="Checks">
        {model.found.map((finding) => (
          <Finding key={finding.id} finding={finding} />
        ))}
      </ul>
      <StartOptions model={model} />
    </section>
  );
}
