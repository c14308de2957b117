import { useId } from 'react';
import type { ProblemReport } from '../view-models/problem-report.ts';
import { IconButton } from './button.tsx';
import { CopyButton } from './copy-button.tsx';
import { Icon } from './icons.tsx';
import { NextSteps } from './next-steps.tsx';
import './problem.css';
import { useApp, useSnapshot } from '../app-context.tsx';
import { problemReport } from '../view-models/problem-report.ts';

interface ProblemProps {
  readonly report: ProblemReport;
  /** True for problems announced at once; those that recover on their own are not. */
  readonly loud: boolean;
}

/** Shows a problem: title, summary, program output and next steps. */
export function Problem({ report, loud }: ProblemProps) {
  const title = useId();
  return (
    <section className="problem" data-code={report.code} aria-labelledby={title}>
      <div className="problem-top">
        <div className="problem-words">
          <div role={loud ? 'alert' : undefined}>
            <h2 id={title}>{report.title}</h2>
          </div>
          <p className="problem-summary">{report.summary}</p>
        </div>
        <div className="problem-tools">
          <code className="problem-code">{report.code}</code>
          <CopyButton text={report.copy} what="details" />
        </div>
      </div>
      {report.output === undefined ? null : (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
        <section className="problem-output" tabIndex={0} aria-label="Program output">
          <pre>{report.output}</pre>
        </section>
      )}
      <NextSteps steps={report.steps} />
    </section>
  );
}

interface ProblemBannerProps {
  readonly report: ProblemReport;
  readonly onDismiss: () => void;
}

/** Shows a problem that is not part of the state: a refused request. */
function ProblemBanner({ report, onDismiss }: ProblemBannerProps) {
  return (
    <div className="banner" data-tone="alert">
      <span className="banner-icon">
        <Icon name="warning" size={18} />
      </span>
      <Problem report={report} loud />
      <IconButton icon="close" label="Dismiss" onPress={onDismiss} />
    </div>
  );
}

/** Shows why the last request was refused, unless the status shows the same problem. */
export function RequestRefused() {
  const { refusal, status } = useSnapshot();
  const { session } = useApp();
  if (refusal === undefined || refusal.code === status?.problem?.code || refusal.code === 'aborted') return null;
  return (
    <ProblemBanner report={problemReport(refusal, { port: status?.port ?? 0 })} onDismiss={session.dismissRefusal} />
  );
}
