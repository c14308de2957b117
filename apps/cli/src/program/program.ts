import { Command, CommanderError, Option } from '@commander-js/extra-typings';
import { type ExitCode, exitCodes, logLevels } from '@deskclaw/protocol';
import {
  parseCommand,
  parseCount,
  parsePattern,
  parsePort,
  parseProfile,
  parseSeconds,
  parseTime,
} from '../command-line/option-values.ts';
import { UsageError } from '../exit.ts';
import type { HostStart } from '../host/own-host.ts';
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
  deskclaw start                        start the installed OpenClaw
  deskclaw start --gateway builtin      try it without OpenClaw
  deskclaw start --install              install OpenClaw first if it is missing
  deskclaw status --watch               show the status and its changes
  deskclaw call system.health           send one request to the gateway
  deskclaw logs -f                      follow the logs

Exit codes: deskclaw help exit-codes`;

const startExamples = `
Examples:
  deskclaw start --port 0
  deskclaw start --command "my-gateway --listen {host}:{port}"
  deskclaw start --foreground --json    print one document, then stay

Without --gateway or --command, start uses the profile's setting, else the
OpenClaw that it finds.`;

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

/** Defines the commands; the body of each is loaded only when it runs. */
function defineLifecycle(program: Program, select: (run: Run) => void): void {
  program.commandsGroup('Run the gateway:');
  program
    .command('start')
    .description('start the gateway and wait until it is running')
    .addOption(
      new Option('--gateway <kind>', 'gateway to run').choices(['openclaw', 'builtin'] as const).conflicts('command'),
    )
    .option('--command <line>', 'program to run; {port} and {host} are replaced, no shell is used', parseCommand)
    .option('--port <n>', 'port to listen on; 0 picks any free port', parsePort)
    .option('--timeout <seconds>', 'how long to wait until it is ready', parseSeconds)
    .addOption(new Option('--install', 'install OpenClaw first if it is missing').conflicts(['command']))
    .option('--foreground', 'stay in this terminal and stop the gateway with it')
    .addHelpText('after', startExamples)
    .action((options) => select(async (shell) => (await import('../commands/start.ts')).start(shell, options)));
  program
    .command('stop')
    .description('stop the gateway; returns when it is gone')
    .option('--force', 'do not wait for running work')
    .action((options) => select(async (shell) => (await import('../commands/stop.ts')).stop(shell, options)));
  program
    .command('restart')
    .description('stop the gateway and start it again; returns when it runs')
    .option('--force', 'do not wait for running work')
    .action((options) => select(async (shell) => (await import('../commands/restart.ts')).restart(shell, options)));
}

function defineInspection(program: Program, select: (run: Run) => void): void {
  program.commandsGroup('Inspect it:');
  program
    .command('status')
    .description('show the current status; the exit code tells it too')
    .option('--watch', 'print again on every change')
    .action((options) => select(async (shell) => (await import('../commands/status.ts')).status(shell, options)));
  program
    .command('health')
    .description('check the gateway now and show the evidence')
    .action(() => select(async (shell) => (await import('../commands/health.ts')).health(shell)));
  program
    .command('logs')
    .description('show what the gateway printed and the supervisor did')
    .option('-f, --follow', 'follow new lines')
    .option('--since <time>', 'only newer than: 10m, 14:02, 2026-11-23T14:02:00Z', parseTime)
    .addOption(new Option('--level <level>', 'this level and above').choices(logLevels))
    .addOption(new Option('--source <source>', 'only from this source').choices(['gateway', 'supervisor'] as const))
    .option('--grep <regexp>', 'only lines that match', parsePattern)
    .option('-n, --lines <n>', 'at most the newest n lines', parseCount, 200)
    .action((options) => select(async (shell) => (await import('../commands/logs.ts')).logs(shell, options)));
  program
    .command('events')
    .description('print gateway notifications as they arrive')
    .action(() => select(async (shell) => (await import('../commands/events.ts')).events(shell)));
  program
    .command('history')
    .description('show starts, exits, drops and reconnects, with causes')
    .option('--since <time>', 'only newer than: 10m, 14:02, 2026-11-23T14:02:00Z', parseTime)
    .option('-n, --lines <n>', 'at most the newest n lines', parseCount, 200)
    .action((options) => select(async (shell) => (await import('../commands/history.ts')).history(shell, options)));
}

function defineDashboard(program: Program, select: (run: Run) => void): void {
  program.commandsGroup('Dashboard:');
  program
    .command('ui')
    .description('open the dashboard in the browser')
    .option('--no-open', 'only print the address')
    .option('--port <n>', 'port to serve it on; default: any free port', parsePort)
    .action((options) => select(async (shell) => (await import('../commands/ui.ts')).ui(shell, options)));
}

function defineConversation(program: Program, select: (run: Run) => void): void {
  program.commandsGroup('Talk to the gateway:');
  program
    .command('call')
    .description('send one request to the gateway')
    .argument('<method>', 'see: deskclaw methods')
    .argument('[params]', 'a JSON object or array, - for standard input, @file for a file')
    .option('--timeout <seconds>', 'how long to wait for the answer', parseSeconds)
    .addHelpText('after', callExamples)
    .action((method, params, options) =>
      select(async (shell) => (await import('../commands/call.ts')).call(shell, method, params, options)),
    );
  program
    .command('methods')
    .description('list the methods that the gateway offers')
    .action(() => select(async (shell) => (await import('../commands/call.ts')).methods(shell)));
  program
    .command('chat')
    .description('send one message, or start a conversation')
    .argument('[message]', 'default: standard input, or a conversation in a terminal')
    .option('--session <key>', 'chat session to use', 'main')
    .action((message, options) =>
      select(async (shell) => (await import('../commands/chat.ts')).chat(shell, message, options)),
    );
  defineChannels(program.command('channels'), select);
}

function defineSelf(program: Program, select: (run: Run) => void): void {
  program.commandsGroup('DeskClaw itself:');
  const config = program.command('config').description('show the settings of the profile').helpCommand(false);
  config
    .command('path')
    .description('print the path of the settings file')
    .action(() => select(async (shell) => (await import('../commands/config.ts')).configPath(shell)));
  config
    .command('get')
    .description('print the effective settings, or one of them')
    .argument('[key]', 'for example port, or reconnect.maxAttempts')
    .action((key) => select(async (shell) => (await import('../commands/config.ts')).configGet(shell, key)));
  config
    .command('schema')
    .description('print the JSON Schema of the settings file')
    .action(() => select(async (shell) => (await import('../commands/config.ts')).configSchema(shell)));
  program
    .command('paths')
    .description('print where DeskClaw stores its files')
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
      select(async (shell) => (await import('../host/own-host.ts')).backgroundHost(shell, options)),
    );
}

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
