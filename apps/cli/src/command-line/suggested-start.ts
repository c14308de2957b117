import type { Problem } from '@deskclaw/protocol';
import type { StartOptions } from './start-options.ts';

/** As a POSIX shell and `--command` take it alike. */
function quoted(word: string): string {
  return /^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function quotedLine(words: readonly string[]): string {
  const line = words.map(quoted).join(' ');
  return /["$`\\!]/.test(line) ? quoted(line) : `"${line}"`;
}

type Flag = readonly [name: string, text: string];

function flagsOf(options: StartOptions): readonly Flag[] {
  const { gateway, command, port, timeout, foreground } = options;
  return [
    ...(gateway === undefined ? [] : [['gateway', `--gateway ${gateway}`] as const]),
    ...(command === undefined ? [] : [['command', `--command ${quotedLine(command)}`] as const]),
    ...(port === undefined ? [] : [['port', `--port ${String(port)}`] as const]),
    ...(timeout === undefined ? [] : [['timeout', `--timeout ${String(timeout / 1_000)}`] as const]),
    ...(foreground === undefined ? [] : [['foreground', '--foreground'] as const]),
  ];
}

/** Which gateway is one question, whichever option answers it. */
function isOverridden(flag: string, suggested: ReadonlySet<string>): boolean {
  return flag === 'gateway' || flag === 'command'
    ? suggested.has('gateway') || suggested.has('command')
    : suggested.has(flag);
}

const suggestion = /\bdeskclaw (start|restart)\b((?: --[a-z]+ (?:"[^"]*"|\S+))*)/g;

/**
 * A suggested command with the options the user gave, so that it works copied as it stands. What it suggests itself wins.
 * @param hostRuns whether `restart` finds a host; if not, only a start does what it says.
 */
export function suggestedStart(command: string, options: StartOptions, hostRuns: boolean): string {
  return command.replaceAll(suggestion, (whole: string, verb: string, flags: string) => {
    if (verb === 'restart' && hostRuns) return whole;
    const suggested = new Set([...flags.matchAll(/ --([a-z]+) /g)].map(([, name]) => name ?? ''));
    const own = flagsOf(options).filter(([name]) => !isOverridden(name, suggested));
    return ['deskclaw start', ...own.map(([, text]) => text)].join(' ') + flags;
  });
}

/** The problem of a start, with next steps for exactly this start. */
export function withStartOptions(problem: Problem, options: StartOptions, hostRuns: boolean): Problem {
  const actions = problem.actions.map((action) =>
    action.command === undefined ? action : { ...action, command: suggestedStart(action.command, options, hostRuns) },
  );
  return { ...problem, actions };
}
