import { describeProblem, type Problem } from '@deskclaw/protocol';
import { isProblem } from './payloads.ts';

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The host's own words where it gave some, else those for `code`. `at`: epoch ms. */
export function problemOf(error: unknown, code: 'internal' | 'host.unreachable', at: number): Problem {
  if (error instanceof Error && 'problem' in error && isProblem(error.problem)) return error.problem;
  return describeProblem(code, { detail: reasonOf(error) }, at);
}
