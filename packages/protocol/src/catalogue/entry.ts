import type { ExitCause, ProblemAction, ProblemCode } from '../problem.ts';
import type { ExitFacts, PlainFacts, ProblemFacts } from '../problem-facts.ts';

/** "exit code 78", "signal SIGKILL". */
export function describeExit(exit: Pick<ExitFacts, 'code' | 'signal'>): string {
  if (exit.signal !== null) return `signal ${exit.signal}`;
  return exit.code === null ? 'unknown exit' : `exit code ${String(exit.code)}`;
}

/** How a process ended and what it said, `exit code 3: Error: no settings`. */
export function describeEnd(exit: Pick<ExitFacts, 'code' | 'signal' | 'said'>): string {
  return exit.said === undefined ? describeExit(exit) : `${describeExit(exit)}: ${exit.said}`;
}

export function quoteLines(lines: readonly string[]): string {
  return lines.length === 0
    ? 'It printed nothing.'
    : `Its last output:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

const causeTexts: Readonly<Record<ExitFacts['cause'], string>> = {
  requested: 'exited as requested',
  clean: 'exited on its own and reported success',
  configuration: 'exited because its configuration is not valid',
  'port-in-use': 'exited because its port was in use',
  runtime: 'exited because its runtime is not supported',
  'out-of-memory': 'ran out of memory',
  killed: 'was killed',
  'not-started': 'exited before it could start',
  'managed-elsewhere': 'exited because another manager owns its state',
  'newer-state': 'exited because a newer version has written its state',
  'state-locked': 'exited because another process uses its state',
  crash: 'crashed',
};

/** The program's own last meaningful line comes first: boxes, traces and hints of other layers stand below it. */
export function exitSentence(exit: ExitFacts): string {
  const { said, lastLines, repaired } = exit;
  const isAll = lastLines.length === 1 && lastLines[0] === said;
  return [
    `"${exit.command}" ${causeTexts[exit.cause]} (${describeExit(exit)})${said === undefined ? '.' : `: ${said}`}`,
    ...(isAll ? [] : [quoteLines(lastLines)]),
    ...(repaired === undefined ? [] : [repaired]),
  ].join('\n');
}

/** A sentence of another problem, to be put into one of ours: without its own full stop. */
export function quotedSentence(text: string): string {
  return text.replace(/\.$/, '');
}

export function duration(ms: number): string {
  return ms < 1000 ? `${String(Math.round(ms))} ms` : `${String(Math.round(ms / 100) / 10)} s`;
}

export function places(searched: readonly string[]): string {
  return searched.join(', ') || '(the PATH is empty)';
}

/** Quotes a word for a POSIX shell. */
export function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** Actions that several problems share. */
export const start: ProblemAction = { id: 'start', label: 'Start', command: 'deskclaw start' };
export const retry: ProblemAction = { id: 'retry', label: 'Try again', command: 'deskclaw restart' };
/** A start of a gateway that is being reconnected to makes the next attempt at once; of any other, it starts it. */
export const retryNow: ProblemAction = { id: 'reconnect', label: 'Retry now', command: 'deskclaw start' };
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
  /** How the process ended, where the problem is that it did. */
  readonly cause?: (facts: ProblemFacts<C>) => ExitCause;
}
export type Catalogue = { readonly [C in ProblemCode]: Entry<C> };

/** Creates the entry of a code with a single sentence as its facts. */
export function plain(title: string, retryable: boolean, actions: readonly ProblemAction[]) {
  return { title, retryable, detail: (facts: PlainFacts) => facts.detail, actions: () => actions };
}
