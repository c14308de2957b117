import { useApp, useSnapshot } from '../app-context.tsx';
import type { NextStep } from '../view-models/problem-report.ts';
import { Button } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { Icon } from './icons.tsx';

function Step({ step }: { readonly step: NextStep }) {
  const { session } = useApp();
  const { pending, link } = useSnapshot();
  switch (step.kind) {
    case 'request': {
      const busy = pending.some((one) => one.request.method === step.request.method);
      return (
        <Button
          rank={step.rank}
          busy={busy}
          unavailable={link.name !== 'live'}
          onPress={() => session.request(step.request)}
        >
          {step.label}
        </Button>
      );
    }
    case 'logs':
      return (
        <a className="text-link" href="#logs">
          {step.label}
          <Icon name="right" size={14} />
        </a>
      );
    case 'command':
      return (
        <span className="command">
          <span className="command-label">{step.label}</span>
          <code>{step.command}</code>
          <CopyButton text={step.command} what="command" />
        </span>
      );
    case 'advice':
      return <span className="advice">{step.label}</span>;
    default:
      return step satisfies never;
  }
}

/** What can be done now: here first, then in a terminal, then by the person. */
export function NextSteps({ steps }: { readonly steps: readonly NextStep[] }) {
  const buttons = steps.filter((step) => step.kind === 'request' || step.kind === 'logs');
  const others = steps.filter((step) => step.kind === 'command' || step.kind === 'advice');
  return (
    <>
      {buttons.length === 0 ? null : (
        <div className="step-buttons">
          {buttons.map((step) => (
            <Step key={step.label} step={step} />
          ))}
        </div>
      )}
      {others.map((step) => (
        <Step key={step.label} step={step} />
      ))}
    </>
  );
}
