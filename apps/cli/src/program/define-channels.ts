import type { Command } from '@commander-js/extra-typings';
import type { ExitCode } from '@deskclaw/protocol';
import { parseSeconds } from '../command-line/option-values.ts';
import type { Shell } from '../shell.ts';

const examples = `
Examples:
  deskclaw channels                     what there is, and if it is connected
  deskclaw channels connect telegram    returns when it is connected
  deskclaw channels qr whatsapp         log in with a phone`;

const ACCOUNT = ['--account <name>', 'which account; without it, the default one'] as const;

/** `channels` and its own commands; without one it lists. */
export function defineChannels(channels: Command, select: (run: (shell: Shell) => Promise<ExitCode>) => void): void {
  channels.description('the services it is reached by: list, connect, log in').helpCommand(false);
  channels.addHelpText('after', examples);
  channels
    .command('list', { isDefault: true })
    .description('what there is, and whether it is connected')
    .action(() => select(async (shell) => (await import('../commands/channels.ts')).listChannels(shell)));
  channels
    .command('connect')
    .description('connect one; returns when it is connected')
    .argument('<id>', 'see: deskclaw channels')
    .option(...ACCOUNT)
    .option('--timeout <seconds>', 'how long that may take; default 30', parseSeconds)
    .action((id, options) =>
      select(async (shell) => (await import('../commands/channels.ts')).connectChannel(shell, id, options)),
    );
  channels
    .command('disconnect')
    .description('disconnect one; its login is kept')
    .argument('<id>', 'see: deskclaw channels')
    .option(...ACCOUNT)
    .option('--logout', 'end the login too: what it was set up with may be deleted')
    .option('--timeout <seconds>', 'how long that may take; default 30', parseSeconds)
    .action((id, options) =>
      select(async (shell) => (await import('../commands/channels.ts')).disconnectChannel(shell, id, options)),
    );
  channels
    .command('qr')
    .description('log in by a QR code; returns when it is connected')
    .argument('<id>', 'see: deskclaw channels')
    .option(...ACCOUNT)
    .option('--force', 'end the login there is, and log in anew')
    .option('--timeout <seconds>', 'how long that may take; default 180', parseSeconds)
    .action((id, options) =>
      select(async (shell) => (await import('../commands/channel-qr.ts')).channelQr(shell, id, options)),
    );
}
