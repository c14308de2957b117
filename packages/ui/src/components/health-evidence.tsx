import { useApp, useSnapshot, useViewState } from '../app-context.tsx';
import { healthEvidence } from '../view-models/health-evidence.ts';
import { asOf } from '../view-models/view-state.ts';
import './health-evidence.css';

/** What the last check of the gateway found, with the age of each finding, and a button that checks again. */
export function HealthEvidence() {
  const { session } = useApp();
  const { health, checking, status, link } = useSnapshot();
  const rows = healthEvidence(health, asOf(useViewState()));
  if (status === undefined || status.state === 'stopped') return null;
  return (
    <div className="evidence">
      <div className="evidence-head">
        <h3>Last check</h3>
        <button
          type="button"
          className="text-button"
          aria-disabled={link.name === 'live' && !checking ? undefined : true}
          onClick={session.checkHealth}
        >
          {checking ? 'Checking…' : 'Check now'}
        </button>
      </div>
      {rows.length === 0 ? (
        <p className="empty">Not checked since this page was opened.</p>
      ) : (
        <ul>
          {rows.map((row) => (
            <li key={row.kind} data-tone={row.tone}>
              <span className="pill">
                {row.label}: {row.result}
              </span>
              <span className="evidence-age">{row.age}</span>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
