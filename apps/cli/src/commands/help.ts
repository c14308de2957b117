import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { exitCodeMeanings, UsageError } from '../exit.ts';
import { layTable } from '../output/layout.ts';
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
    'Exit codes of deskclaw:',
    '',
    ...layTable(
      exitCodeMeanings.map(({ code, meaning }) => [`  ${String(code).padStart(3)}`, meaning]),
      shell.out.style,
    ),
    '',
    'When the gateway has failed, status exits with the code of the reason: 4, 6, 78 or 1.',
    'start --foreground exits with 0 when Ctrl-C or SIGTERM stops a running gateway cleanly.',
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
