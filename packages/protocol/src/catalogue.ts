import { channelProblems } from './catalogue/channel-problems.ts';
import { connectionProblems } from './catalogue/connection-problems.ts';
import type { Catalogue, Entry } from './catalogue/entry.ts';
import { gatewayProblems } from './catalogue/gateway-problems.ts';
import { hostProblems } from './catalogue/host-problems.ts';
import { openClawProblems } from './catalogue/openclaw-problems.ts';
import { requestProblems } from './catalogue/request-problems.ts';
import { cleanLine, cleanText, cutText } from './clean-text.ts';
import type { Problem, ProblemAction, ProblemCode } from './problem.ts';
import type { ProblemFacts } from './problem-facts.ts';

export { describeEnd, describeExit, shellWord } from './catalogue/entry.ts';

const catalogue: Catalogue = {
  ...gatewayProblems,
  ...openClawProblems,
  ...connectionProblems,
  ...requestProblems,
  ...channelProblems,
  ...hostProblems,
};

/** Longest detail of a problem: a status is sent to every client at each change. */
const MAX_DETAIL = 8 * 1024;

function cleanAction({ id, label, command }: ProblemAction): ProblemAction {
  return { id, label: cleanLine(label), ...(command === undefined ? {} : { command: cleanText(command) }) };
}

/**
 * Words for a problem, the same in every shell. Texts of others among the facts are cleaned and cut.
 * @param at epoch ms.
 */
export function describeProblem<C extends ProblemCode>(code: C, facts: ProblemFacts<C>, at: number): Problem {
  const entry: Entry<C> = catalogue[code];
  const cause = entry.cause?.(facts);
  return Object.freeze({
    code,
    title: entry.title,
    detail: cutText(cleanText(entry.detail(facts)), MAX_DETAIL),
    actions: Object.freeze(entry.actions(facts).map(cleanAction)),
    retryable: entry.retryable,
    ...(cause === undefined ? {} : { cause }),
    at,
  });
}
