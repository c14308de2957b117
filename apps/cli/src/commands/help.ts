import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { helpTopics, topicList } from '../command-line/help-topics.ts';
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
    'When the gateway has failed, status exits with the code of the reason, for example 78 for its configuration.',
    'start --foreground exits with 0 when Ctrl-C or SIGTERM stops a running gateway cleanly.',
  );
}

/** Prints the list of topics. */
function printTopics(shell: Shell): void {
  if (shell.json) shell.document('help-topics', { topics: topicList });
  else
    shell.data(
      'Topics of the help:',
      '',
      ...layTable(
        topicList.map(({ name, about }) => [`  ${name}`, about]),
        shell.out.style,
      ),
      '',
      'To read one: deskclaw help TOPIC',
    );
}

/** Prints the schemas with `--json`, bare, as they are a document of another standard; else what there is. */
async function printSchemas(shell: Shell): Promise<void> {
  const { documentNames, jsonSchemas } = await import('../command-line/json-schemas.ts');
  if (shell.json) {
    shell.printJson(jsonSchemas());
    return;
  }
  shell.data(
    'With --json, a document names its schema in its key "schema":',
    '',
    ...documentNames.map((name) => `  deskclaw.${name}/1`),
    '',
    'To print the JSON Schema of all: deskclaw help schemas --json',
    'A new key keeps the number; a change by which one could be misread raises it.',
  );
}

/** Prints the help of a topic. Returns `false` where there is no such topic. */
async function printTopic(shell: Shell, name: string): Promise<boolean> {
  if (name === 'schemas') await printSchemas(shell);
  else if (name === 'exit-codes') printExitCodes(shell);
  else if (name === 'topics') printTopics(shell);
  else {
    const topic = helpTopics.find((each) => each.name === name);
    if (topic === undefined) return false;
    if (shell.json) shell.document('help-topic', { ...topic });
    else shell.data(...topic.text.split('\n'));
  }
  return true;
}

export async function help(shell: Shell, program: HelpNode, topic: readonly string[]): Promise<ExitCode> {
  const [only] = topic;
  const isCommand = program.commands.some((command) => command.name() === only);
  if (only !== undefined && topic.length === 1 && !(isCommand && !shell.json) && (await printTopic(shell, only)))
    return exitCodes.ok;
  let node = program;
  for (const word of topic) {
    const next = node.commands.find((command) => command.name() === word);
    if (next === undefined)
      throw new UsageError(`There is no help for "${topic.join(' ')}". Topics: deskclaw help topics`);
    node = next;
  }
  node.outputHelp();
  // `alerts` is a command and a topic.
  const also = helpTopics.find(({ name }) => isCommand && topic.length === 1 && name === only);
  if (also !== undefined) shell.data('', ...also.text.split('\n'));
  return exitCodes.ok;
}
