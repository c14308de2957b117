/** What completion scripts and man pages are made of: the commands as they are defined, without a line of their own. */
export interface CommandNode {
  readonly name: string;
  readonly description: string;
  /** `<method> [params]`. */
  readonly usage: string;
  readonly options: readonly OptionNode[];
  readonly commands: readonly CommandNode[];
}

export interface OptionNode {
  /** `-n, --lines <n>`. */
  readonly flags: string;
  /** `-n` and `--lines`, as far as there are any. */
  readonly names: readonly string[];
  readonly takesValue: boolean;
  readonly choices: readonly string[];
  readonly description: string;
}

interface DefinedOption {
  readonly flags: string;
  readonly short?: string | undefined;
  readonly long?: string | undefined;
  readonly required: boolean;
  readonly optional: boolean;
  readonly hidden: boolean;
  readonly description: string;
  readonly argChoices?: readonly string[] | undefined;
}

/** The part of a commander command that is read. */
export interface DefinedCommand {
  readonly commands: readonly DefinedCommand[];
  readonly options: readonly DefinedOption[];
  name(): string;
  description(): string;
  usage(): string;
}

function toOption({ flags, short, long, required, optional, description, argChoices = [] }: DefinedOption): OptionNode {
  return {
    flags,
    names: [short, long].filter((name) => name !== undefined),
    takesValue: required || optional,
    choices: argChoices,
    description,
  };
}

/** Returns the tree of a program, without the commands that are for DeskClaw itself. */
export function readCommandTree(command: DefinedCommand): CommandNode {
  return {
    name: command.name(),
    description: command.description(),
    usage: command.usage(),
    options: command.options.filter(({ hidden }) => !hidden).map(toOption),
    commands: command.commands.filter((each) => !each.name().startsWith('__')).map(readCommandTree),
  };
}

/** A command with the words that lead to it, and every option that may follow. */
export interface CommandAt {
  /** Empty for the program itself. */
  readonly path: readonly string[];
  readonly node: CommandNode;
  readonly options: readonly OptionNode[];
}

/** Returns every command of a tree, the program itself first. Options of the program may follow each. */
export function listCommands(root: CommandNode): readonly CommandAt[] {
  const below = (node: CommandNode, path: readonly string[]): readonly CommandAt[] => [
    { path, node, options: path.length === 0 ? node.options : [...node.options, ...root.options] },
    ...node.commands.flatMap((each) => below(each, [...path, each.name])),
  ];
  return below(root, []);
}
