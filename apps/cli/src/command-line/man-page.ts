import type { CommandNode, OptionNode } from './command-tree.ts';
import { listCommands } from './command-tree.ts';
import type { HelpTopic } from './help-topics.ts';

/** Text for roff: backslashes, hyphens of options, and a first character that would be a request. */
function escapeRoff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll(/^([.'])/gm, '\\&$1');
}

function optionLines(options: readonly OptionNode[]): readonly string[] {
  return options.flatMap(({ flags, description, choices }) => {
    const values = choices.length === 0 ? '' : ` (${choices.join(', ')})`;
    return ['.TP', `\\fB${escapeRoff(flags)}\\fR`, escapeRoff(`${description}${values}`)];
  });
}

export interface ManualFacts {
  readonly version: string;
  readonly exitCodes: readonly { readonly code: number; readonly meaning: string }[];
  /** A section each, as it is laid out. */
  readonly topics: readonly HelpTopic[];
}

/** Returns the manual page of the program in roff, from the same definitions as its help. */
export function manPage(root: CommandNode, { version, exitCodes, topics }: ManualFacts): readonly string[] {
  const commands = listCommands(root).filter(({ path }) => path.length > 0);
  return [
    `.TH ${root.name.toUpperCase()} 1 "" "${root.name} ${version}" "User Commands"`,
    '.SH NAME',
    `${root.name} \\- ${escapeRoff(root.description)}`,
    '.SH SYNOPSIS',
    `\\fB${root.name}\\fR ${escapeRoff(root.usage)}`,
    '.SH OPTIONS',
    ...optionLines(root.options),
    '.SH COMMANDS',
    ...commands.flatMap(({ path, node }) => [
      `.SS "${root.name} ${path.join(' ')} ${escapeRoff(node.usage).replaceAll('"', '')}"`,
      escapeRoff(node.description),
      ...optionLines(node.options),
    ]),
    '.SH EXIT STATUS',
    ...exitCodes.flatMap(({ code, meaning }) => ['.TP', `\\fB${String(code)}\\fR`, escapeRoff(meaning)]),
    ...topics.flatMap(({ name, text }) => [
      `.SH ${name.toUpperCase()}`,
      '.nf',
      ...text.split('\n').map((line) => escapeRoff(line)),
      '.fi',
    ]),
  ];
}
