import type { ExitFacts } from '../problem-facts.ts';

/** "exit code 78", "signal SIGKILL". */
export function describeExit(exit: Pick<ExitFacts, 'code' | 'signal'>): string {
  if (exit.signal !== null) return `signal ${exit.signal}`;
  return exit.code === null ? 'unknown exit' : `exit code ${String(exit.code)}`;
}

export function quoteLines(lines: readonly string[]): string {
  return lines.length === 0 ? 'It printed nothing.' : `It last said:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

const causeInWords: Readonly<Record<ExitFacts['cause'], string>> = {
  requested: 'as asked',
  clean: 'by itself, calling it a success',
  configuration: 'because its configuration is not valid',
  'port-in-use': 'because its port was taken',
  runtime: 'because its runtime does not fit',
  'out-of-memory': 'out of memory',
  killed: 'because something killed it',
  'not-started': 'before it could start',
  crash: 'by crashing',
};

export function exitSentence(exit: ExitFacts): string {
  const repaired = exit.repaired === undefined ? '' : `\n${exit.repaired}`;
  return `"${exit.command}" ended ${causeInWords[exit.cause]} (${describeExit(exit)}).\n${quoteLines(exit.lastLines)}${repaired}`;
}

export function duration(ms: number): string {
  return ms < 1000 ? `${String(Math.round(ms))} ms` : `${String(Math.round(ms / 100) / 10)} s`;
}

export function places(searched: readonly string[]): string {
  return searched.join(', ') || '(the PATH is empty)';
}

/** A path as a POSIX shell takes it. */
export function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
