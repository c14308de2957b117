import type { Command } from '@commander-js/extra-typings';
import type { ExitCode } from '@deskclaw/protocol';
import { parsePort, parseProfile } from '../command-line/option-values.ts';
import type { Shell } from '../shell.ts';

type Run = (shell: Shell) => Promise<ExitCode>;

const examples = `
Examples:
  deskclaw profile add work --port 18790
  deskclaw start --profile work
  deskclaw profile use work             commands without --profile use it

A profile has its own gateway, settings, state and logs.`;

/** Defines `profile` and its sub-commands; without one it lists the profiles. */
export function defineProfile(profile: Command, select: (run: Run) => void): void {
  profile.description('list, add, choose and remove profiles').helpCommand(false).addHelpText('after', examples);
  profile
    .command('list', { isDefault: true })
    .description('list the profiles and what their gateways do')
    .action(() => select(async (shell) => (await import('../commands/profile.ts')).profileList(shell)));
  profile
    .command('add')
    .description('add a profile to the settings file')
    .argument('<name>', 'letters, digits, "-", "_" and "."', parseProfile)
    .option('--port <n>', 'port of its gateway, if it is to run beside another', parsePort)
    .action((name, options) =>
      select(async (shell) => (await import('../commands/profile.ts')).profileAdd(shell, name, options)),
    );
  profile
    .command('use')
    .description('choose the profile of commands that name none')
    .argument('<name>', 'see: deskclaw profile list', parseProfile)
    .action((name) => select(async (shell) => (await import('../commands/profile.ts')).profileUse(shell, name)));
  profile
    .command('remove')
    .description('remove a stopped profile with its settings, state and logs')
    .argument('<name>', 'see: deskclaw profile list', parseProfile)
    .option('--yes', 'do not ask')
    .action((name, options) =>
      select(async (shell) => (await import('../commands/profile.ts')).profileRemove(shell, name, options)),
    );
}
