import { describeProblem } from './catalogue.ts';
import type { Problem } from './problem.ts';
import type { ProblemFacts } from './problem-facts.ts';

/** What is missing, for each error code of the system that means a shortage. */
const shortages: Readonly<Record<string, ProblemFacts<'system.limit'>['of']>> = {
  EMFILE: 'descriptors',
  ENFILE: 'system-descriptors',
  EAGAIN: 'processes',
  ENOMEM: 'memory',
  ENOBUFS: 'memory',
};

/** Whether an error code means that the system has no more of something. */
export function isShortage(code: string | undefined): boolean {
  return code !== undefined && code in shortages;
}

export interface LimitContext {
  /** What was being done, as in "while starting the gateway". */
  readonly during: string;
  /** Descriptors that this process may have; absent where the system does not tell. */
  readonly maxDescriptors?: number | undefined;
}

/** Describes a shortage of the system; `undefined` for any other error code. @param at epoch ms. */
export function systemLimitProblem(
  code: string | undefined,
  { during, maxDescriptors }: LimitContext,
  at: number,
): Problem | undefined {
  const of = code === undefined ? undefined : shortages[code];
  if (code === undefined || of === undefined) return undefined;
  const max = of === 'descriptors' ? maxDescriptors : undefined;
  return describeProblem('system.limit', { of, code, during, ...(max === undefined ? {} : { max }) }, at);
}
