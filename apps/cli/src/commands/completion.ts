import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import {
  type CommandAt,
  type CommandNode,
  type DefinedCommand,
  listCommands,
  readCommandTree,
} from '../command-line/command-tree.ts';
import { type CompletionPoint, completionScript } from '../command-line/completion-scripts.ts';
import type { CompletionShell } from '../command-line/completion-shells.ts';
import { helpTopics, topicList } from '../command-line/help-topics.ts';
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

/** Returns the point with what may follow: after `help`, the commands and the topics. */
function withTopics(point: CompletionPoint, root: CommandNode): CompletionPoint {
  if (point.path !== 'help') return point;
  return {
    ...point,
    words: [
      ...root.commands.map(({ name, description }) => ({ word: name, description })),
      ...topicList
        .filter(({ name }) => !root.commands.some((command) => command.name === name))
        .map(({ name, about }) => ({ word: name, description: about })),
      ...point.words,
    ],
  };
}

/** Prints a script that completes commands and options in a shell. */
export function completion(shell: Shell, root: DefinedCommand, name: CompletionShell): ExitCode {
  const tree = readCommandTree(root);
  const points = listCommands(tree).map((at) => withTopics(toPoint(at), tree));
  const lines = completionScript(name, points);
  if (shell.json) shell.document('completion', { shell: name, script: `${lines.join('\n')}\n` });
  else shell.data(...lines);
  return exitCodes.ok;
}

/** Prints the manual page; the build puts it beside the program. */
export function manual(shell: Shell, root: DefinedCommand): ExitCode {
  shell.data(...manPage(readCommandTree(root), { version, exitCodes: exitCodeMeanings, topics: helpTopics }));
  return exitCodes.ok;
}
