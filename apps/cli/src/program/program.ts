import { Command, CommanderError, Option } from '@commander-js/extra-typings';
import { exitCodes } from '@deskclaw/protocol';
import { parseProfile } from '../command-line/option-values.ts';
import { UsageError } from '../exit.ts';
import { version } from '../version.ts';
import { commandGroups, type Run } from './command-groups.ts';

export interface Globals {
  readonly profile?: string | undefined;
  readonly json?: true | undefined;
  readonly color: boolean;
  readonly quiet?: true | undefined;
  readonly verbose?: true | undefined;
}

export interface CommandLine {
  readonly globals: Globals;
  readonly run: Run;
  readonly needsProfile: boolean;
}

const examples = `
Examples:
  deskclaw start                        start the installed OpenClaw
  deskclaw start --gateway builtin      try it without OpenClaw
  deskclaw start --install              install OpenClaw first if it is missing
  deskclaw status --watch               show the status and its changes
  deskclaw call system.health           send one request to the gateway
  deskclaw logs -f                      follow the logs

Exit codes, variables, files, JSON and more: deskclaw help topics`;

function defineGlobals() {
  return new Command('deskclaw')
    .description('Keeps a local AI gateway running and reachable, and tells the truth about it.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .addOption(new Option('--profile <name>', 'profile to use').env('DESKCLAW_PROFILE').argParser(parseProfile))
    .option('--json', 'print JSON: one document, or one per line for streams')
    .option('--no-color', 'print without colours')
    .addOption(new Option('-q, --quiet', 'print only the result').conflicts('verbose'))
    .option('-v, --verbose', 'print each step')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', examples);
}
type Program = ReturnType<typeof defineGlobals>;

interface Node {
  readonly commands: readonly Node[];
  name(): string;
  exitOverride(callback: (error: CommanderError) => never): unknown;
}

/** Makes every error name the command whose help explains it. */
function overrideExits(node: Node, path: readonly string[]): void {
  node.exitOverride((error) => {
    if (error.exitCode === 0) throw error;
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    throw new UsageError(
      error.code === 'commander.help' ? 'No command was given.' : message,
      path.join(' ') || undefined,
    );
  });
  for (const child of node.commands) overrideExits(child, [...path, child.name()]);
}

/** Returns the first word that is neither a flag nor the value of `--profile`. */
function firstWord(argv: readonly string[]): string | undefined {
  return argv.find((word, index) => !word.startsWith('-') && argv[index - 1] !== '--profile');
}

/** Commands that look at all the others. */
const needAll: readonly (string | undefined)[] = ['help', 'completion', '__man'];

/** Commands that are about no profile: the file that names the selected one is not read for them. */
const needNoProfile: readonly (string | undefined)[] = [...needAll, 'version'];

/**
 * Defines the command that the command line names: defining all 20 takes 3 ms of every start. Defines all of them for
 * help, and for an unknown name, so that the error can suggest a known one.
 */
function defineProgram(named: string | undefined, select: (run: Run) => void): Program {
  const program = defineGlobals();
  const only =
    !needAll.includes(named) && commandGroups.some(({ commands }) => Object.hasOwn(commands, named ?? ''))
      ? named
      : undefined;
  for (const { title, commands } of commandGroups) {
    program.commandsGroup(title);
    for (const [name, define] of Object.entries(commands)) {
      if (only === undefined || name === only) define(program.command(name, { hidden: name.startsWith('__') }), select);
    }
  }
  overrideExits(program, []);
  return program;
}

/**
 * @param argv without the program's own name.
 * @param write where help and version go.
 * @returns `undefined` when help or the version was all that was asked.
 * @throws UsageError
 */
export function parseCommandLine(argv: readonly string[], write: (text: string) => void): CommandLine | undefined {
  let selected: Run | undefined;
  const named = firstWord(argv);
  const program = defineProgram(named, (run) => {
    selected = run;
  });
  const silent = { writeOut: write, writeErr: () => undefined, outputError: () => undefined };
  for (const command of [program, ...program.commands, ...program.commands.flatMap((each) => each.commands)]) {
    command.configureOutput(silent);
  }
  try {
    program.parse(argv.length === 0 ? ['--help'] : argv, { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === exitCodes.ok) return undefined;
    throw error;
  }
  return selected === undefined
    ? undefined
    : { globals: program.opts(), run: selected, needsProfile: !needNoProfile.includes(named) };
}
