import type { ProblemAction, ProblemCode } from '../problem.ts';
import type { PlainFacts, ProblemFacts } from '../problem-facts.ts';

/** Actions that several problems share. */
export const start: ProblemAction = { id: 'start', label: 'Start', command: 'deskclaw start' };
export const retry: ProblemAction = { id: 'retry', label: 'Try again', command: 'deskclaw restart' };
export const retryNow: ProblemAction = { id: 'reconnect', label: 'Retry now' };
export const logs: ProblemAction = { id: 'logs', label: 'Show logs', command: 'deskclaw logs -n 100' };
export const status: ProblemAction = { id: 'status', label: 'Show status', command: 'deskclaw status' };
export const paths: ProblemAction = { id: 'paths', label: 'Show the paths', command: 'deskclaw paths' };
export const builtin: ProblemAction = {
  id: 'builtin',
  label: 'Try the built-in gateway',
  command: 'deskclaw start --gateway builtin',
};
export const help: ProblemAction = { id: 'help', label: 'Show the help', command: 'deskclaw help' };
export const again: ProblemAction = { id: 'again', label: 'Send it again' };

/** Texts of one problem code. */
export interface Entry<C extends ProblemCode> {
  readonly title: string;
  readonly retryable: boolean;
  readonly detail: (facts: ProblemFacts<C>) => string;
  readonly actions: (facts: ProblemFacts<C>) => readonly ProblemAction[];
}
export type Catalogue = { readonly [C in ProblemCode]: Entry<C> };

/** Creates the entry of a code with a single sentence as its facts. */
export function plain(title: string, retryable: boolean, actions: readonly ProblemAction[]) {
  return { title, retryable, detail: (facts: PlainFacts) => facts.detail, actions: () => actions };
}
