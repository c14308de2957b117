import { resolve } from 'node:path';
import { GatewayError } from '@deskclaw/core';
import { expandHome, homeFolder, maskCommand } from '@deskclaw/host';
import type { Problem, StartRequest } from '@deskclaw/protocol';

/** Options of `start`, parsed; durations in ms. */
export interface StartOptions {
  readonly gateway?: 'openclaw' | 'builtin' | undefined;
  readonly command?: readonly [string, ...string[]] | undefined;
  readonly port?: number | undefined;
  readonly timeout?: number | undefined;
  readonly install?: true | undefined;
  readonly foreground?: true | undefined;
}

/** Where this command was typed; nothing where that folder was removed. */
function currentFolder(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

/** Returns the program and the folder that it runs in by default: the host stands elsewhere, so paths are made absolute here. */
function typedCommand([program, ...args]: readonly [string, ...string[]]): Pick<StartRequest, 'command' | 'cwd'> {
  const cwd = currentFolder();
  const expanded = expandHome(program, homeFolder(process.env));
  const isPath = expanded.includes('/') || (process.platform === 'win32' && expanded.includes('\\'));
  const file = isPath && cwd !== undefined ? resolve(cwd, expanded) : expanded;
  return { command: [file, ...args], ...(cwd === undefined ? {} : { cwd }) };
}

/** Returns only the given options; the profile decides the rest. */
export function startRequest(options: StartOptions): StartRequest {
  const { gateway, command, port, timeout } = options;
  return {
    ...(gateway === undefined ? {} : { gateway }),
    ...(command === undefined ? {} : typedCommand(command)),
    ...(port === undefined ? {} : { port }),
    ...(timeout === undefined ? {} : { timeoutMs: timeout }),
  };
}

/** The host keeps the deadline of a start and extends it while the gateway makes progress, so ours must come well after. */
const HOST_TIMEOUT_MS = 15 * 60_000;

export function startTimeout(options: StartOptions): { readonly timeoutMs: number } {
  return { timeoutMs: (options.timeout ?? 0) * 2 + HOST_TIMEOUT_MS };
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

function flagsOf(options: StartOptions): readonly Flag[] {
  const { gateway, command, port, timeout, foreground } = options;
  return [
    ...(gateway === undefined ? [] : [['gateway', `--gateway ${gateway}`] as const]),
    ...(command === undefined ? [] : [['command', `--command ${quotedLine(maskCommand(command))}`] as const]),
    ...(port === undefined ? [] : [['port', `--port ${String(port)}`] as const]),
    ...(timeout === undefined ? [] : [['timeout', `--timeout ${String(timeout / 1_000)}`] as const]),
    ...(foreground === undefined ? [] : [['foreground', '--foreground'] as const]),
  ];
}

/** Returns whether the suggestion already sets the option. `--gateway` and `--command` both choose the gateway. */
function isOverridden(flag: string, suggested: ReadonlySet<string>): boolean {
  return flag === 'gateway' || flag === 'command'
    ? suggested.has('gateway') || suggested.has('command')
    : suggested.has(flag);
}

const suggestion = /\bdeskclaw (start|restart)\b((?: --[a-z]+ (?:"[^"]*"|\S+))*)/g;

/**
 * Adds the options of the user to a suggested command, so that it works as printed. Options of the suggestion take
 * precedence.
 * @param hostRuns whether `restart` finds a host; otherwise only `start` works.
 */
export function suggestedStart(command: string, options: StartOptions, hostRuns: boolean): string {
  return command.replaceAll(suggestion, (whole: string, verb: string, flags: string) => {
    if (verb === 'restart' && hostRuns) return whole;
    const suggested = new Set([...flags.matchAll(/ --([a-z]+) /g)].map(([, name]) => name ?? ''));
    const own = flagsOf(options).filter(([name]) => !isOverridden(name, suggested));
    return ['deskclaw start', ...own.map(([, text]) => text)].join(' ') + flags;
  });
}

/** Returns the problem with next steps for exactly this start. */
export function withStartOptions(problem: Problem, options: StartOptions, hostRuns: boolean): Problem {
  const actions = problem.actions.map((action) =>
    action.command === undefined ? action : { ...action, command: suggestedStart(action.command, options, hostRuns) },
  );
  return { ...problem, actions };
}

/** Returns the same failure with next steps for the options of this start. */
export function startFailure(error: unknown, options: StartOptions, hostRuns: boolean): unknown {
  if (!(error instanceof GatewayError)) return error;
  const { rpc, outcome } = error;
  return new GatewayError(withStartOptions(error.problem, options, hostRuns), {
    cause: error,
    ...(rpc === undefined ? {} : { rpc }),
    ...(outcome === undefined ? {} : { outcome }),
  });
}
