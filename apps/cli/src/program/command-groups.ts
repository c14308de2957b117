import { Argument, type Command, Option } from '@commander-js/extra-typings';
import { type ExitCode, logLevels } from '@deskclaw/protocol';
import { completionShells } from '../command-line/completion-shells.ts';
import {
  parseCommand,
  parseCount,
  parsePath,
  parsePattern,
  parsePort,
  parseSeconds,
  parseTime,
} from '../command-line/option-values.ts';
import type { HostStart } from '../host/own-host.ts';
import type { Shell } from '../shell.ts';
import { defineChannels } from './define-channels.ts';
import { defineConfig } from './define-config.ts';
import { defineOpenClaw } from './define-openclaw.ts';
import { defineProfile } from './define-profile.ts';

export type Run = (shell: Shell) => Promise<ExitCode>;

/** Commands under one title of the help, by name. The body of each is loaded only when it runs. */
export interface CommandGroup {
  readonly title: string;
  readonly commands: Readonly<Record<string, (command: Command, select: (run: Run) => void) => unknown>>;
}

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

const mcpExamples = `
An MCP client starts it: command "deskclaw", arguments ["mcp"]. Its tools read
the status, incidents, why, logs and doctor. What may be changed is a setting:
  deskclaw config set mcp.allow start restart`;

const noWait = 'fail at once while the gateway is being brought back';

const completionExamples = `
Examples:
  source <(deskclaw completion bash)
  deskclaw completion fish > ~/.config/fish/completions/deskclaw.fish`;

const lifecycle: CommandGroup = {
  title: 'Run the gateway:',
  commands: {
    start: (command, select) =>
      command
        .description('start the gateway and wait until it is running')
        .addOption(
          new Option('--gateway <kind>', 'gateway to run')
            .choices(['openclaw', 'builtin'] as const)
            .conflicts('command'),
        )
        .option('--command <line>', 'program to run; {port} and {host} are replaced, no shell is used', parseCommand)
        .option('--port <n>', 'port to listen on; 0 picks any free port', parsePort)
        .option('--path <path>', 'path of its WebSocket; default: /ws', parsePath)
        .option('--timeout <seconds>', 'how long to wait until it is ready', parseSeconds)
        .option('--metrics-port <n>', 'serve metrics for Prometheus on this port; 0: any', parsePort)
        .addOption(new Option('--install', 'install OpenClaw first if it is missing').conflicts(['command']))
        .option('--foreground', 'stay in this terminal and stop the gateway with it')
        .addHelpText('after', startExamples)
        .action((options) => select(async (shell) => (await import('../commands/start.ts')).start(shell, options))),
    stop: (command, select) =>
      command
        .description('stop the gateway; returns when it is gone')
        .option('--force', 'do not wait for running work')
        .option('--yes', 'with --force: do not ask before a migration is interrupted')
        .action((options) => select(async (shell) => (await import('../commands/stop.ts')).stop(shell, options))),
    restart: (command, select) =>
      command
        .description('stop the gateway and start it again; returns when it runs')
        .option('--force', 'do not wait for running work')
        .option('--yes', 'with --force: do not ask before a migration is interrupted')
        .action((options) => select(async (shell) => (await import('../commands/restart.ts')).restart(shell, options))),
    recover: (command, select) =>
      command
        .description('take the recovery step that waits for you')
        .option('--channels-on', 'use the channels again that recovery switched off; restarts a running gateway')
        .action((options) => select(async (shell) => (await import('../commands/recover.ts')).recover(shell, options))),
  },
};

const inspection: CommandGroup = {
  title: 'Inspect it:',
  commands: {
    status: (command, select) =>
      command
        .description('show the current status; the exit code tells it too')
        .option('--watch', 'print again on every change')
        .action((options) => select(async (shell) => (await import('../commands/status.ts')).status(shell, options))),
    top: (command, select) =>
      command
        .description('watch state, round trips, CPU, memory and requests')
        .option('--interval <seconds>', 'time between two samples; default: 1', parseSeconds)
        .option('--count <n>', 'end after so many samples', parseCount)
        .action((options) => select(async (shell) => (await import('../commands/top.ts')).top(shell, options))),
    health: (command, select) =>
      command
        .description('check the gateway now and show the evidence')
        .action(() => select(async (shell) => (await import('../commands/health.ts')).health(shell))),
    doctor: (command, select) =>
      command
        .description('check whether the next start will work, and what to do')
        .option('--fix', 'repair what is safe to repair; says how each change is undone')
        .action((options) => select(async (shell) => (await import('../commands/doctor.ts')).doctor(shell, options))),
    diagnose: (command, select) =>
      command
        .description('write a zip for a bug report, with secrets removed')
        .option('-o, --output <file>', 'file to write; default: a new one in this folder')
        .option('--list', 'only list what it would hold')
        .action((options) =>
          select(async (shell) => (await import('../commands/diagnose.ts')).diagnose(shell, options)),
        ),
    logs: (command, select) =>
      command
        .description('show what the gateway printed and the supervisor did')
        .option('-f, --follow', 'follow new lines')
        .option('--since <time>', 'only newer than: 10m, 14:02, 2026-11-23T14:02:00Z', parseTime)
        .addOption(new Option('--level <level>', 'this level and above').choices(logLevels))
        .addOption(new Option('--source <source>', 'only from this source').choices(['gateway', 'supervisor'] as const))
        .option('--grep <regexp>', 'only lines that match', parsePattern)
        .option('-n, --lines <n>', 'at most the newest n lines', parseCount, 200)
        .action((options) => select(async (shell) => (await import('../commands/logs.ts')).logs(shell, options))),
    events: (command, select) =>
      command
        .description('print gateway notifications as they arrive')
        .action(() => select(async (shell) => (await import('../commands/events.ts')).events(shell))),
    history: (command, select) =>
      command
        .description('show what happened: interruptions with their causes, and requests')
        .option('--since <time>', 'only newer than: 10m, 14:02, 2026-11-23T14:02:00Z', parseTime)
        .option('--records', 'show the records that it is made of')
        .option('--export <file>', 'write the last interruption, or the first since that time, for a replay')
        .option('-n, --lines <n>', 'at most the newest n lines', parseCount, 200)
        .action((options) => select(async (shell) => (await import('../commands/history.ts')).history(shell, options))),
    why: (command, select) =>
      command
        .description('explain the last interruption: cause, evidence, what to do')
        .argument('[when]', 'the first one at or after: 10m, 14:02, 2026-11-23T14:02:00Z', parseTime)
        .action((when) => select(async (shell) => (await import('../commands/why.ts')).why(shell, when))),
  },
};

const dashboard: CommandGroup = {
  title: 'Dashboard:',
  commands: {
    ui: (command, select) =>
      command
        .description('open the dashboard in the browser')
        .option('--no-open', 'only print the address')
        .option('--port <n>', 'port to serve it on; default: the last one, or any free port', parsePort)
        .addOption(new Option('--revoke', 'end all sessions in browsers, and unused links').conflicts('port'))
        .action((options) => select(async (shell) => (await import('../commands/ui.ts')).ui(shell, options))),
  },
};

const conversation: CommandGroup = {
  title: 'Talk to the gateway:',
  commands: {
    call: (command, select) =>
      command
        .description('send one request to the gateway')
        .argument('<method>', 'see: deskclaw methods')
        .argument('[params]', 'a JSON object or array, - for standard input, @file for a file')
        .option('--timeout <seconds>', 'how long to wait for the answer', parseSeconds)
        .option('--no-wait', noWait)
        .addHelpText('after', callExamples)
        .action((method, params, options) =>
          select(async (shell) => (await import('../commands/call.ts')).call(shell, method, params, options)),
        ),
    methods: (command, select) =>
      command
        .description('list the methods that the gateway offers')
        .action(() => select(async (shell) => (await import('../commands/call.ts')).methods(shell))),
    chat: (command, select) =>
      command
        .description('send one message, or start a conversation')
        .argument('[message]', 'default: standard input, or a conversation in a terminal')
        .option('--session <key>', 'chat session to use', 'main')
        .option('--no-wait', noWait)
        .action((message, options) =>
          select(async (shell) => (await import('../commands/chat.ts')).chat(shell, message, options)),
        ),
    channels: defineChannels,
    mcp: (command, select) =>
      command
        .description('serve AI agents: an MCP server on standard input and output')
        .addHelpText('after', mcpExamples)
        .action(() => select(async (shell) => (await import('../commands/mcp.ts')).mcp(shell))),
  },
};

const openClaw: CommandGroup = { title: 'Manage OpenClaw:', commands: { openclaw: defineOpenClaw } };

const ourselves: CommandGroup = {
  title: 'DeskClaw itself:',
  commands: {
    config: defineConfig,
    profile: defineProfile,
    alerts: (command, select) => {
      command.description('alerts that reach you while the gateway is down').helpCommand(false);
      command
        .command('list', { isDefault: true })
        .description('list where alerts go')
        .action(() => select(async (shell) => (await import('../commands/alerts.ts')).listAlerts(shell)));
      command
        .command('test')
        .description('send a test alert')
        .argument('[target]', 'see: deskclaw alerts list; default: all')
        .action((target) => select(async (shell) => (await import('../commands/alerts.ts')).testAlerts(shell, target)));
    },
    token: (command, select) => {
      command.description('manage the token of the gateway').helpCommand(false);
      command
        .command('rotate')
        .description('replace the token that DeskClaw made; restarts a gateway that uses it')
        .action(() => select(async (shell) => (await import('../commands/token.ts')).rotateToken(shell)));
    },
    paths: (command, select) =>
      command
        .description('print where DeskClaw stores its files')
        .action(() => select(async (shell) => (await import('../commands/paths.ts')).paths(shell))),
    version: (command, select) =>
      command
        .description('print the version of DeskClaw and of Node')
        .action(() => select(async (shell) => (await import('../commands/version.ts')).printVersion(shell))),
    completion: (command, select) =>
      command
        .description('print a script that completes commands in a shell')
        .addArgument(new Argument('<shell>', 'the shell that reads it').choices(completionShells))
        .addHelpText('after', completionExamples)
        .action((shellName) =>
          select(async (shell) =>
            (await import('../commands/completion.ts')).completion(shell, command.parent ?? command, shellName),
          ),
        ),
    __man: (command, select) =>
      command.action(() =>
        select(async (shell) => (await import('../commands/completion.ts')).manual(shell, command.parent ?? command)),
      ),
    help: (command, select) =>
      command
        .description('show help for a command or topic')
        .argument('[topic...]')
        .action((topic) =>
          select(async (shell) => (await import('../commands/help.ts')).help(shell, command.parent ?? command, topic)),
        ),
    __host: (command, select) =>
      command
        .option('--inherits-pipes')
        .action((options: HostStart) =>
          select(async (shell) => (await import('../host/own-host.ts')).backgroundHost(shell, options)),
        ),
  },
};

/** All commands, in the order of the help. */
export const commandGroups: readonly CommandGroup[] = [
  lifecycle,
  inspection,
  dashboard,
  conversation,
  openClaw,
  ourselves,
];
