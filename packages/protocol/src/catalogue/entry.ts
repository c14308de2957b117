import type { ProblemAction, ProblemCode } from '../problem.ts';
import type { PlainFacts, ProblemFacts } from '../problem-facts.ts';

/** The words for one code. */
export interface Entry<C extends ProblemCode> {
  readonly title: string;
  readonly retryable: boolean;
  readonly detail: (facts: ProblemFacts<C>) => string;
  readonly actions: (facts: ProblemFacts<C>) => readonly ProblemAction[];
}
export type Catalogue = { readonly [C in ProblemCode]: Entry<C> };

/** For a code whose facts are one sentence. */
export function plain(title: string, retryable: boolean, actions: readonly ProblemAction[]) {
  return { title, retryable, detail: (facts: PlainFacts) => facts.detail, actions: () => actions };
}
