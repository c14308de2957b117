import type { Evidence, HealthReport } from '@deskclaw/protocol';
import { formatAge } from './durations.ts';
import type { Tone } from './state-appearance.ts';

/** One check of the gateway: what was tried, what came of it, and how long ago. */
export interface EvidenceRow {
  readonly kind: Evidence['kind'];
  readonly label: string;
  readonly result: string;
  readonly tone: Tone;
  readonly age: string;
}

interface Wording {
  readonly label: string;
  readonly ok: string;
  readonly failed: string;
}

const wordings: Readonly<Record<Evidence['kind'], Wording>> = {
  process: { label: 'Process', ok: 'alive', failed: 'gone' },
  rpc: { label: 'Request', ok: 'answered', failed: 'not answered' },
  http: { label: 'Health page', ok: 'healthy', failed: 'not healthy' },
  startup: { label: 'Startup', ok: 'complete', failed: 'not complete' },
  readiness: { label: 'Readiness', ok: 'ready', failed: 'not ready' },
  frame: { label: 'Message', ok: 'received', failed: 'none' },
  pong: { label: 'Heartbeat', ok: 'answered', failed: 'not answered' },
  cpu: { label: 'CPU', ok: 'in use', failed: 'idle' },
};

/** Returns what the last check found. A failure is no alarm by itself: the status weighs the evidence. */
export function healthEvidence(report: HealthReport | undefined, now: number): readonly EvidenceRow[] {
  return (report?.evidence ?? []).map(({ kind, ok, at, detail }) => {
    const { label, ...results } = wordings[kind];
    const reason = ok || detail === undefined ? '' : ` (${detail})`;
    return {
      kind,
      label,
      result: `${ok ? results.ok : results.failed}${reason}`,
      tone: ok ? 'ok' : 'caution',
      age: formatAge(now - at),
    };
  });
}
