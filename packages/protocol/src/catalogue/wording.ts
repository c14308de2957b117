import type { ExitFacts } from '../problem-facts.ts';

/** "exit code 78", "signal SIGKILL". */
export function describeExit(exit: Pick<ExitFacts, 'code' | 'signal'>): string {
  if (exit.signal !== null) return `signal ${exit.signal}`;
  return exit.code === null ? 'unknown exit' : `exit code ${String(exit.code)}`;
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
  crash: 'crashed',
};

export function exitSentence(exit: ExitFacts): string {
  const repaired = exit.repaired === undefined ? '' : `\n${exit.repaired}`;
  return `"${exit.command}" ${causeTexts[exit.cause]} (${describeExit(exit)}).\n${quoteLines(exit.lastLines)}${repaired}`;
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
