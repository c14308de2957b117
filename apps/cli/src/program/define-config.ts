import type { Command } from '@commander-js/extra-typings';
import type { ExitCode } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';

type Run = (shell: Shell) => Promise<ExitCode>;

const examples = `
Examples:
  deskclaw config set port 18790
  deskclaw config set stop.graceMs 3000
  deskclaw config set trustUsers guest 1002
  deskclaw config set command "my-gateway --listen {host}:{port}"
  deskclaw config set env.OPENAI_API_KEY - < key.txt
  deskclaw config unset port

All settings: deskclaw config list --all`;

const ALL_PROFILES = ['--all-profiles', 'for all profiles that do not set it themselves'] as const;

/** Defines `config` and its sub-commands, which read and change the settings file. */
export function defineConfig(config: Command, select: (run: Run) => void): void {
  config.description('show and change the settings of the profile').helpCommand(false).addHelpText('after', examples);
  config
    .command('get')
    .description('print the effective settings, or one of them')
    .argument('[key]', 'for example port, or reconnect.maxAttempts')
    .action((key) => select(async (shell) => (await import('../commands/config.ts')).configGet(shell, key)));
  config
    .command('set')
    .description('change one setting; keeps the rest of the file as it is')
    .argument('<key>', 'for example port, or stop.graceMs')
    .argument('<value...>', 'the value, - to read it from standard input; a list takes several')
    .option(...ALL_PROFILES)
    .option('--add', 'add to the list instead of replacing it')
    .addHelpText('after', examples)
    .action((key, value, options) =>
      select(async (shell) => (await import('../commands/config-change.ts')).configSet(shell, key, value, options)),
    );
  config
    .command('unset')
    .description('take one setting out of the file, so that its default applies')
    .argument('<key>', 'see: deskclaw config list')
    .option(...ALL_PROFILES)
    .action((key, options) =>
      select(async (shell) => (await import('../commands/config-change.ts')).configUnset(shell, key, options)),
    );
  config
    .command('list')
    .description('list the settings that are set, and where each comes from')
    .option('--all', 'also those that are not set, with type and meaning')
    .action((options) => select(async (shell) => (await import('../commands/config.ts')).configList(shell, options)));
  config
    .command('path')
    .description('print the path of the settings file')
    .action(() => select(async (shell) => (await import('../commands/config.ts')).configPath(shell)));
  config
    .command('schema')
    .description('print the JSON Schema of the settings file')
    .action(() => select(async (shell) => (await import('../commands/config.ts')).configSchema(shell)));
}
