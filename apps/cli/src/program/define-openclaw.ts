import type { CommandUnknownOpts } from '@commander-js/extra-typings';
import type { ExitCode } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';

type Run = (shell: Shell) => Promise<ExitCode>;

/** `deskclaw openclaw ...`: the versions that are kept here. */
export function defineOpenClaw(program: CommandUnknownOpts, select: (run: Run) => void): void {
  program.commandsGroup('Keep OpenClaw itself:');
  const openclaw = program
    .command('openclaw')
    .description('versions of OpenClaw kept here, side by side')
    .helpCommand(false);
  openclaw
    .command('install')
    .description('install a version, with a Node of its own if none here fits')
    .argument('[version]', 'an exact version or a tag; default: the newest')
    .action((version) =>
      select(async (shell) => (await import('../commands/openclaw-install.ts')).openclawInstall(shell, version)),
    );
  openclaw
    .command('list')
    .description('what is installed, how large, what is in use, and on which Node')
    .action(() => select(async (shell) => (await import('../commands/openclaw-list.ts')).openclawList(shell)));
  openclaw
    .command('use')
    .description('choose the version that the next start runs')
    .argument('<version>', 'see: deskclaw openclaw list')
    .action((version) =>
      select(async (shell) => (await import('../commands/openclaw-use.ts')).openclawUse(shell, version)),
    );
  openclaw
    .command('upgrade')
    .description('move to another version, once it has run on a copy of the state')
    .argument('[version]', 'an exact version or a tag; default: the newest')
    .action((version) =>
      select(async (shell) => (await import('../commands/openclaw-upgrade.ts')).openclawUpgrade(shell, version)),
    );
  openclaw
    .command('rollback')
    .description('go back to the version and the state before the last upgrade')
    .option('--keep-state', 'run the version before on the state as it is now')
    .action((options) =>
      select(async (shell) => (await import('../commands/openclaw-upgrade.ts')).openclawRollback(shell, options)),
    );
  openclaw
    .command('remove')
    .description('remove a version, and its Node if nothing else runs on it')
    .argument('<version>', 'see: deskclaw openclaw list')
    .option('--force', 'also one that the next start or a rollback would need')
    .action((version, options) =>
      select(async (shell) => (await import('../commands/openclaw-remove.ts')).openclawRemove(shell, version, options)),
    );
}
