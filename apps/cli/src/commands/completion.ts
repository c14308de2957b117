import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { type CommandAt, type DefinedCommand, listCommands, readCommandTree } from '../command-line/command-tree.ts';
import { type CompletionPoint, completionScript } from '../command-line/completion-scripts.ts';
import type { CompletionShell } from '../command-line/completion-shells.ts';
import { manPage } from '../command-line/man-page.ts';
import { exitCodeMeanings } from '../exit.ts';
import type { Shell } from '../shell.ts';
import { version } from '../version.ts';

function toPoint({ path, node, options }: CommandAt): CompletionPoint {
  const isOption = (name: string): boolean => name.startsWith('-');
  return {
    path: path.join(' '),
    words: [
      ...node.commands.map(({ name, description }) => ({ word: name, description })),
      ...options.flatMap(({ names, description }) => names.filter(isOption).map((word) => ({ word, description }))),
    ],
    choices: options
      .filter(({ choices }) => choices.length > 0)
      .map(({ names, choices }) => ({ options: names, values: choices })),
    valued: options
      .filter(({ takesValue, choices }) => takesValue && choices.length === 0)
      .flatMap(({ names }) => names),
  };
}

/** Prints a script that completes commands and options in a shell. */
export function completion(shell: Shell, root: DefinedCommand, name: CompletionShell): ExitCode {
  const lines = completionScript(name, listCommands(readCommandTree(root)).map(toPoint));
  if (shell.json) shell.document('completion', { shell: name, script: `${lines.join('\n')}\n` });
  else shell.data(...lines);
  return exitCodes.ok;
}

/** Prints the manual page; the build puts it beside the program. */
export function manual(shell: Shell, root: DefinedCommand): ExitCode {
  shell.data(...manPage(readCommandTree(root), { version, exitCodes: exitCodeMeanings }));
  return exitCodes.ok;
}
