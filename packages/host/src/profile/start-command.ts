import type { Problem, StartRequest } from '@deskclaw/protocol';

/** The options of a `deskclaw start`, as they are to be printed: secret arguments are masked before. */
export interface StartFlags extends Omit<StartRequest, 'cwd'> {
  readonly foreground?: true | undefined;
}

/** As a POSIX shell and `--command` take it alike. */
function quoted(word: string): string {
  return /^[\w@%+=:,./{}-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function quotedLine(words: readonly string[]): string {
  const line = words.map(quoted).join(' ');
  return /["$`\\!]/.test(line) ? quoted(line) : `"${line}"`;
}

type Flag = readonly [name: string, text: string];

function flagsOf({ gateway, command, port, path, timeoutMs, foreground }: StartFlags): readonly Flag[] {
  return [
    ...(gateway === undefined ? [] : [['gateway', `--gateway ${gateway}`] as const]),
    ...(command === undefined ? [] : [['command', `--command ${quotedLine(command)}`] as const]),
    ...(port === undefined ? [] : [['port', `--port ${String(port)}`] as const]),
    ...(path === undefined ? [] : [['path', `--path ${quoted(path)}`] as const]),
    ...(timeoutMs === undefined ? [] : [['timeout', `--timeout ${String(timeoutMs / 1_000)}`] as const]),
    ...(foreground === undefined ? [] : [['foreground', '--foreground'] as const]),
  ];
}

/** Returns the options as they are typed: `--gateway builtin --port 0`; an empty text for none. */
export function startFlags(flags: StartFlags): string {
  return flagsOf(flags)
    .map(([, text]) => text)
    .join(' ');
}

/** Returns whether the suggestion already sets the option. `--gateway` and `--command` both choose the gateway. */
function isOverridden(flag: string, suggested: ReadonlySet<string>): boolean {
  return flag === 'gateway' || flag === 'command'
    ? suggested.has('gateway') || suggested.has('command')
    : suggested.has(flag);
}

const suggestion = /\bdeskclaw (start|restart)\b((?: --[a-z]+ (?:"[^"]*"|\S+))*)/g;
/** An option with its value: what stands within the quotes of a value is no option. */
const flagWithValue = / --([a-z]+) (?:"[^"]*"|\S+)/g;

/**
 * Adds the options of a start to a suggested command, so that it works as printed. Options of the suggestion take precedence.
 * @param hostRuns whether `restart` finds a host; otherwise only `start` works.
 */
export function suggestedStart(command: string, flags: StartFlags, hostRuns: boolean): string {
  return command.replaceAll(suggestion, (whole: string, verb: string, typed: string) => {
    if (verb === 'restart' && hostRuns) return whole;
    const suggested = new Set([...typed.matchAll(flagWithValue)].map(([, name]) => name ?? ''));
    const own = flagsOf(flags).filter(([name]) => !isOverridden(name, suggested));
    return ['deskclaw start', ...own.map(([, text]) => text)].join(' ') + typed;
  });
}

/** Returns the problem with next steps for exactly this start. */
export function withStartFlags(problem: Problem, flags: StartFlags, hostRuns: boolean): Problem {
  const actions = problem.actions.map((action) =>
    action.command === undefined ? action : { ...action, command: suggestedStart(action.command, flags, hostRuns) },
  );
  return { ...problem, actions };
}

/** Names the profile in the commands of a text that any shell may show later, unless it is the default one. */
export function withOwnProfile(text: string, profile: string): string {
  return profile === 'default' ? text : withProfileFlag(text, profile);
}

/** Names the profile in every deskclaw command of a text, so that a copied command acts on the same one. */
export function withProfileFlag(text: string, profile: string): string {
  return text.replaceAll(/\bdeskclaw (?=[a-z])/g, `deskclaw --profile ${profile} `);
}
