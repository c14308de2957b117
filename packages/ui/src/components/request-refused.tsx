import { useApp, useSnapshot } from '../app-context.tsx';
import { problemReport } from '../view-models/problem-report.ts';
import { ProblemBanner } from './problem.tsx';

/** Why the last press of a button came to nothing, unless the status says the same already. */
export function RequestRefused() {
  const { refusal, status } = useSnapshot();
  const { session } = useApp();
  if (refusal === undefined || refusal.code === status?.problem?.code || refusal.code === 'aborted') return null;
  return (
    <ProblemBanner report={problemReport(refusal, { port: status?.port ?? 0 })} onDismiss={session.dismissRefusal} />
  );
}
