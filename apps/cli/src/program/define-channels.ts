import type { Command } from '@commander-js/extra-typings';
import type { ExitCode } from '@deskclaw/protocol';
import { parseSeconds } from '../command-line/option-values.ts';
import type { Shell } from '../shell.ts';

const examples = `
Examples:
  deskclaw channels                     list the channels and their status
  deskclaw channels connect telegram    returns when it is connected
  deskclaw channels qr whatsapp         log in with a phone`;

const ACCOUNT = ['--account <name>', 'account to use; default: the default account'] as const;

/** Defines `channels` and its sub-commands; without one it lists the channels. */
export function defineChannels(channels: Command, select: (run: (shell: Shell) => Promise<ExitCode>) => void): void {
  channels.description('list, connect and log in to messaging channels').helpCommand(false);
  channels.addHelpText('after', examples);
  channels
    .command('list', { isDefault: true })
    .description('list the channels and their status')
    .action(() => select(async (shell) => (await import('../commands/channels.ts')).listChannels(shell)));
  channels
    .command('connect')
    .description('connect a channel; returns when it is connected')
    .argument('<id>', 'see: deskclaw channels')
    .option(...ACCOUNT)
    .option('--timeout <seconds>', 'how long to wait; default: 30', parseSeconds)
    .action((id, options) =>
      select(async (shell) => (await import('../commands/channels.ts')).connectChannel(shell, id, options)),
    );
  channels
    .command('disconnect')
    .description('disconnect a channel and keep its login')
    .argument('<id>', 'see: deskclaw channels')
    .option(...ACCOUNT)
    .option('--logout', 'also log out; the gateway may delete the setup')
    .option('--timeout <seconds>', 'how long to wait; default: 30', parseSeconds)
    .action((id, options) =>
      select(async (shell) => (await import('../commands/channels.ts')).disconnectChannel(shell, id, options)),
    );
  channels
    .command('qr')
    .description('log in with a QR code; returns when it is connected')
    .argument('<id>', 'see: deskclaw channels')
    .option(...ACCOUNT)
    .option('--force', 'log out first, then log in again')
    .option('--timeout <seconds>', 'how long to wait; default: 180', parseSeconds)
    .action((id, options) =>
      select(async (shell) => (await import('../commands/channel-qr.ts')).channelQr(shell, id, options)),
    );
}
