import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { UsageError } from '../command-line/usage.ts';
import { exitCodeMeanings } from '../exit.ts';
import { layTable } from '../output/table.ts';
import type { Shell } from '../shell.ts';

interface HelpNode {
  readonly commands: readonly HelpNode[];
  name(): string;
  outputHelp(): void;
}

function printExitCodes(shell: Shell): void {
  if (shell.json) {
    shell.document('exit-codes', { exitCodes: exitCodeMeanings });
    return;
  }
  shell.data(
    'What the exit status of deskclaw means:',
    '',
    ...layTable(
      exitCodeMeanings.map(({ code, meaning }) => [`  ${String(code).padStart(3)}`, meaning]),
      shell.out.style,
    ),
    '',
    'status, when the gateway has failed for good, exits with what the reason has: 4, 6, 78, else 1.',
    'start --foreground exits 0 when Ctrl-C or SIGTERM ended a running gateway cleanly: that is how it is meant to end.',
  );
}

export function help(shell: Shell, program: HelpNode, topic: readonly string[]): Promise<ExitCode> {
  if (topic.length === 1 && topic[0] === 'exit-codes') {
    printExitCodes(shell);
    return Promise.resolve(exitCodes.ok);
  }
  let node = program;
  for (const word of topic) {
    const next = node.commands.find((command) => command.name() === word);
    if (next === undefined) throw new UsageError(`There is no help for "${topic.join(' ')}".`);
    node = next;
  }
  node.outputHelp();
  return Promise.resolve(exitCodes.ok);
}
