import { describeProblem, type Problem } from '@deskclaw/protocol';
import { isProblem } from '../host/payloads.ts';

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The host's own words where it gave some, else those for `code`. `at`: epoch ms. */
export function toProblem(error: unknown, code: 'internal' | 'host.unreachable', at: number): Problem {
  if (error instanceof Error && 'problem' in error && isProblem(error.problem)) return error.problem;
  return describeProblem(code, { detail: errorMessage(error) }, at);
}
