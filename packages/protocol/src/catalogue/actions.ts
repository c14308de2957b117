import type { ProblemAction } from '../problem.ts';

/** Next steps that several problems share. */
export const start: ProblemAction = { id: 'start', label: 'Start', command: 'deskclaw start' };
export const retry: ProblemAction = { id: 'retry', label: 'Try again', command: 'deskclaw restart' };
export const retryNow: ProblemAction = { id: 'reconnect', label: 'Retry now' };
export const logs: ProblemAction = { id: 'logs', label: 'Show logs', command: 'deskclaw logs -n 100' };
export const status: ProblemAction = { id: 'status', label: 'Show status', command: 'deskclaw status' };
export const paths: ProblemAction = { id: 'paths', label: 'See where things are kept', command: 'deskclaw paths' };
export const builtin: ProblemAction = {
  id: 'builtin',
  label: 'Try the built-in gateway',
  command: 'deskclaw start --gateway builtin',
};
export const help: ProblemAction = { id: 'help', label: 'Show how it is used', command: 'deskclaw help' };
export const again: ProblemAction = { id: 'again', label: 'Ask again' };
