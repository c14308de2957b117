import { Command, CommanderError, Option } from '@commander-js/extra-typings';
import { type ExitCode, exitCodes, logLevels } from '@deskclaw/protocol';
import {
  parseCommand,
  parseCount,
  parsePattern,
  parsePort,
  parseSeconds,
  parseTime,
} from '../command-line/option-values.ts';
import { parseProfile } from '../command-line/profile-name.ts';
import { UsageError } from '../command-line/usage.ts';
import type { HostStart } from '../host/background-host.ts';
import type { Shell } from '../shell.ts';
import { version } from '../version.ts';
import { defineChannels } from './define-channels.ts';
import { defineOpenClaw } from './define-openclaw.ts';

export interface Globals {
  readonly profile?: string | undefined;
  readonly json?: true | undefined;
  readonly color: boolean;
  readonly quiet?: true | undefined;
  readonly verbose?: true | undefined;
}
type Run = (shell: Shell) => Promise<ExitCode>;

export interface CommandLine {
  readonly globals: Globals;
  readonly run: Run;
}

const examples = `
Examples:
  deskclaw start                        run the OpenClaw that is installed here
  deskclaw start --gateway builtin      try it without OpenClaw
  deskclaw start --install              install OpenClaw first, if none is here
  deskclaw status --watch               what is true, as it changes
  deskclaw call system.health           ask the gateway something
  deskclaw logs -f                      what it prints

Exit codes: deskclaw help exit-codes`;

const startExamples = `
Examples:
  deskclaw start --port 0
  deskclaw start --command "my-gateway --listen {host}:{port}"
  deskclaw start --foreground --json    one document when it runs, then stay

Without --gateway and --command: the profile's setting, else the OpenClaw found.`;

const callExamples = `
Examples:
  deskclaw call system.health
  deskclaw call chat.history '{"sessionKey": "main", "limit": 5}'
  deskclaw call skills.updateConfig @config.json
  echo '{"deep": true}' | deskclaw call system.health - --json`;

function defineGlobals() {
  return new Command('deskclaw')
    .description('Keeps a local AI gateway running and reachable, and tells the truth about it.')
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help')
    .addOption(
      new Option('--profile <name>', 'which settings and gateway').env('DESKCLAW_PROFILE').argParser(parseProfile),
    )
    .option('--json', 'print JSON: one document, or one a line for streams')
    .option('--no-color', 'print without colours')
    .addOption(new Option('-q, --quiet', 'print the answer only').conflicts('verbose'))
    .option('-v, --verbose', 'print what is being done')
    .helpCommand(false)
    .showSuggestionAfterError(true)
    .configureHelp({ showGlobalOptions: true })
    .addHelpText('after', examples);
}
type Program = ReturnType<typeof defineGlobals>;

/** Every command by its words; its body is loaded when it runs, never before. */
function defineLifecycle(program: Program, select: (run: Run) => void): void {
  program.commandsGroup('Run it:');
  program
    .command('start')
    .description('bring the gateway up and wait until it is running')
    .addOption(
      new Option('--gateway <kind>', 'which gateway').choices(['openclaw', 'builtin'] as const).conflicts('command'),
    )
    .option('--command <line>', 'run this program; {port} and {host} are filled in, no shell is started', parseCommand)
    .option('--port <n>', 'where it listens; 0 takes any free port', parsePort)
    .option('--timeout <seconds>', 'how long it may take to become ready', parseSeconds)
    .addOption(new Option('--install', 'install OpenClaw first, if none is found').conflicts(['command']))
    .option('--foreground', 'stay, and end the gateway with this terminal')
    .addHelpText('after', startExamples)
    .action((options) => select(async (shell) => (await import('../commands/start.ts')).start(shell, options)));
  program
    .command('stop')
    .description('end the gateway; returns when it is gone')
    .option('--force', 'do not wait for running work')
    .action((options) => select(async (shell) => (await import('../commands/stop.ts')).stop(shell, options)));
  program
    .command('restart')
    .description('end the gateway and start it anew; returns when the new one runs')
    .option('--force', 'do not wait for running work')
    .action((options) => select(async (shell) => (await import('../commands/restart.ts')).restart(shell, options)));
}

function defineInspection(program: Program, select: (run: Run) => void): void {
  program.commandsGroup('Look at it:');
  program
    .command('status')
    .description('what is true now; its exit status answers too')
    .option('--watch', 'again whenever it changes')
    .action((options) => select(async (shell) => (await import('../commands/status.ts')).status(shell, options)));
  program
    .command('health')
    .description('check the gateway now, and show the evidence')
    .action(() => select(async (shell) => (await import('../commands/health.ts')).health(shell)));
  program
    .command('logs')
    .description('what the gateway printed and its supervisor did')
    .option('-f, --follow', 'go on as lines appear')
    .option('--since <time>', 'from then on: 10m, 14:02, 2026-11-23T14:02:00Z', parseTime)
    .addOption(new Option('--level <level>', 'this level and above').choices(logLevels))
    .addOption(new Option('--source <source>', 'only from there').choices(['gateway', 'supervisor'] as const))
    .option('--grep <regexp>', 'only lines that match', parsePattern)
    .option('-n, --lines <n>', 'at most the newest n', parseCount, 200)
    .action((options) => select(async (shell) => (await import('../commands/logs.ts')).logs(shell, options)));
  program
    .command('events')
    .description('what the gateway announces, as it happens')
    .action(() => select(async (shell) => (await import('../commands/events.ts')).events(shell)));
  program
    .command('history')
    .description('starts, exits, drops and reconnects, with causes and durations')
    .option('--since <time>', 'from then on: 10m, 14:02, 2026-11-23T14:02:00Z', parseTime)
    .option('-n, --lines <n>', 'at most the newest n', parseCount, 200)
    .action((options) => select(async (shell) => (await import('../commands/history.ts')).history(shell, options)));
}

function defineDashboard(program: Program, select: (run: Run) => void): void {
  program.commandsGroup('See it:');
  program
    .command('ui')
    .description('the dashboard in the browser')
    .option('--no-open', 'print the address only')
    .option('--port <n>', 'where it is served; default: any free port', parsePort)
    .action((options) => select(async (shell) => (await import('../commands/ui.ts')).ui(shell, options)));
}

function defineConversation(program: Program, select: (run: Run) => void): void {
  program.commandsGroup('Talk to it:');
  program
    .command('call')
    .description('one request to the gateway')
    .argument('<method>', 'see: deskclaw methods')
    .argument('[params]', 'a JSON object or array, - for standard input, @file for a file')
    .option('--timeout <seconds>', 'how long the answer may take', parseSeconds)
    .addHelpText('after', callExamples)
    .action((method, params, options) =>
      select(async (shell) => (await import('../commands/call.ts')).call(shell, method, params, options)),
    );
  program
    .command('methods')
    .description('what the gateway can be asked')
    .action(() => select(async (shell) => (await import('../commands/methods.ts')).methods(shell)));
  program
    .command('chat')
    .description('one message and its reply, or a conversation')
    .argument('[message]', 'without it: standard input, or a conversation in a terminal')
    .option('--session <key>', 'which conversation', 'main')
    .action((message, options) =>
      select(async (shell) => (await import('../commands/chat.ts')).chat(shell, message, options)),
    );
  defineChannels(program.command('channels'), select);
}

function defineSelf(program: Program, select: (run: Run) => void): void {
  program.commandsGroup('DeskClaw itself:');
  const config = program.command('config').description('settings of the profile').helpCommand(false);
  config
    .command('path')
    .description('print which file they are in')
    .action(() => select(async (shell) => (await import('../commands/config.ts')).configPath(shell)));
  config
    .command('get')
    .description('print the settings that hold, or one of them')
    .argument('[key]', 'for example port, or reconnect.maxAttempts')
    .action((key) => select(async (shell) => (await import('../commands/config.ts')).configGet(shell, key)));
  config
    .command('schema')
    .description('print the JSON Schema of that file')
    .action(() => select(async (shell) => (await import('../commands/config.ts')).configSchema(shell)));
  program
    .command('paths')
    .description('print where everything is kept')
    .action(() => select(async (shell) => (await import('../commands/paths.ts')).paths(shell)));
  program
    .command('version')
    .description('print the version of DeskClaw and of Node')
    .action(() => select(async (shell) => (await import('../commands/version.ts')).printVersion(shell)));
  program
    .command('help')
    .description('show help for a command, or: help exit-codes')
    .argument('[topic...]')
    .action((topic) => select(async (shell) => (await import('../commands/help.ts')).help(shell, program, topic)));
  program
    .command('__host', { hidden: true })
    .option('--inherits-pipes')
    .action((options: HostStart) =>
      select(async (shell) => (await import('../host/background-host.ts')).backgroundHost(shell, options)),
    );
}

interface Node {
  readonly commands: readonly Node[];
  name(): string;
  exitOverride(callback: (error: CommanderError) => never): unknown;
}

/** Every error names the command whose help would have told. */
function overrideExits(node: Node, path: readonly string[]): void {
  node.exitOverride((error) => {
    if (error.exitCode === 0) throw error;
    const message = error.message.replace(/^error: /, '').replaceAll('\n', ' ');
    throw new UsageError(
      error.code === 'commander.help' ? 'No command was named.' : message,
      path.join(' ') || undefined,
    );
  });
  for (const child of node.commands) overrideExits(child, [...path, child.name()]);
}

function defineProgram(select: (run: Run) => void): Program {
  const program = defineGlobals();
  defineLifecycle(program, select);
  defineInspection(program, select);
  defineDashboard(program, select);
  defineConversation(program, select);
  defineOpenClaw(program, select);
  defineSelf(program, select);
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
  const program = defineProgram((run) => {
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
  return selected === undefined ? undefined : { globals: program.opts(), run: selected };
}
