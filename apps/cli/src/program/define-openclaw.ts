import type { Command } from '@commander-js/extra-typings';
import type { ExitCode } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';

type Run = (shell: Shell) => Promise<ExitCode>;

/** Defines `openclaw` and its sub-commands, which manage the installed versions. */
export function defineOpenClaw(openclaw: Command, select: (run: Run) => void): void {
  openclaw.description('manage the installed versions of OpenClaw').helpCommand(false);
  openclaw
    .command('install')
    .description('install a version, with its own Node if none fits')
    .argument('[version]', 'an exact version or a tag; default: the newest')
    .action((version) =>
      select(async (shell) => (await import('../commands/openclaw-install.ts')).openclawInstall(shell, version)),
    );
  openclaw
    .command('list')
    .description('list installed versions with size, use and Node')
    .action(() => select(async (shell) => (await import('../commands/openclaw-versions.ts')).openclawList(shell)));
  openclaw
    .command('use')
    .description('choose the version that the next start runs')
    .argument('<version>', 'see: deskclaw openclaw list')
    .action((version) =>
      select(async (shell) => (await import('../commands/openclaw-versions.ts')).openclawUse(shell, version)),
    );
  openclaw
    .command('upgrade')
    .description('upgrade after a trial run on a copy of the state')
    .argument('[version]', 'an exact version or a tag; default: the newest')
    .action((version) =>
      select(async (shell) => (await import('../commands/openclaw-upgrade.ts')).openclawUpgrade(shell, version)),
    );
  openclaw
    .command('rollback')
    .description('go back to the version and the state before the last upgrade')
    .option('--keep-state', 'go back to the version only, keep the current state')
    .action((options) =>
      select(async (shell) => (await import('../commands/openclaw-upgrade.ts')).openclawRollback(shell, options)),
    );
  openclaw
    .command('remove')
    .description('remove a version, and its Node if nothing else uses it')
    .argument('<version>', 'see: deskclaw openclaw list')
    .option('--force', 'even if the next start or a rollback needs it')
    .action((version, options) =>
      select(async (shell) => (await import('../commands/openclaw-remove.ts')).openclawRemove(shell, version, options)),
    );
}
