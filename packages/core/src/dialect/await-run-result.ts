import { isObject } from '@deskclaw/protocol';
import type { FollowUp, FollowUpResult } from './incoming.ts';

const WAITS_MS = 20_000;

function readRunResult(answer: unknown): FollowUpResult | undefined {
  if (!isObject(answer)) return undefined;
  const { status, error } = answer;
  if (status === 'ok') return { kind: 'result', value: answer };
  if (status !== 'error') return undefined;
  // As `agent` itself says it where it can.
  const message = typeof error === 'string' ? error : 'the run failed';
  return { kind: 'failure', error: { code: 'UNAVAILABLE', message } };
}

/**
 * How a run that this answer names is waited for. Asking `agent` again would do as well, but for 2026.2, which forgets the key of
 * a run after five minutes and would begin another.
 */
export function awaitRunResult(accepted: unknown): FollowUp | undefined {
  const runId = isObject(accepted) ? accepted['runId'] : undefined;
  if (typeof runId !== 'string' || runId === '') return undefined;
  return { method: 'agent.wait', params: { runId, timeoutMs: WAITS_MS }, waitsMs: WAITS_MS, read: readRunResult };
}
