import { expect, it } from 'vitest';
import { healthEvidence } from '../../src/view-models/health-evidence.ts';
import { NOW } from '../support/view-states.ts';

it('every finding of a check is shown with its age, a failed one with its reason', () => {
  const rows = healthEvidence(
    {
      ok: false,
      error: 'no answer within 5 s',
      evidence: [
        { kind: 'process', ok: true, at: NOW - 2_000 },
        { kind: 'rpc', ok: false, at: NOW - 12_000, detail: 'no answer within 5 s' },
        { kind: 'http', ok: true, at: NOW - 70_000, detail: 'HTTP 200' },
      ],
    },
    NOW,
  );
  expect(rows.map(({ label, result, tone, age }) => [label, result, tone, age])).toEqual([
    ['Process', 'alive', 'ok', 'just now'],
    ['Request', 'not answered (no answer within 5 s)', 'caution', '12 s ago'],
    ['Health page', 'healthy', 'ok', '1 min ago'],
  ]);
  expect(healthEvidence(undefined, NOW)).toEqual([]);
});
