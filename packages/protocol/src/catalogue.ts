import { channelProblems } from './catalogue/channel-problems.ts';
import { connectionProblems } from './catalogue/connection-problems.ts';
import type { Catalogue, Entry } from './catalogue/entry.ts';
import { gatewayProblems } from './catalogue/gateway-problems.ts';
import { hostProblems } from './catalogue/host-problems.ts';
import { openClawProblems } from './catalogue/openclaw-problems.ts';
import { requestProblems } from './catalogue/request-problems.ts';
import type { Problem, ProblemCode } from './problem.ts';
import type { ProblemFacts } from './problem-facts.ts';

export { describeExit, shellWord } from './catalogue/entry.ts';

const catalogue: Catalogue = {
  ...gatewayProblems,
  ...openClawProblems,
  ...connectionProblems,
  ...requestProblems,
  ...channelProblems,
  ...hostProblems,
};

/**
 * Words for a problem, the same in every shell.
 * @param at epoch ms.
 */
export function describeProblem<C extends ProblemCode>(code: C, facts: ProblemFacts<C>, at: number): Problem {
  const entry: Entry<C> = catalogue[code];
  return Object.freeze({
    code,
    title: entry.title,
    detail: entry.detail(facts),
    actions: Object.freeze([...entry.actions(facts)]),
    retryable: entry.retryable,
    at,
  });
}
