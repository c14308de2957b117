import type { ChannelTarget, ChannelView } from '@deskclaw/core';
import { type ExitCode, exitCodes } from '@deskclaw/protocol';
import { GatewayChannels } from '../channels/gateway-channels.ts';
import { untilConnected, untilDisconnected } from '../channels/wait-for-channel.ts';
import { channelLines } from '../output/channel-lines.ts';
import type { Shell } from '../shell.ts';

const DEFAULT_TIMEOUT_MS = 30_000;

export interface ChangeOptions {
  readonly account?: string | undefined;
  /** ms. */
  readonly timeout?: number | undefined;
}

export interface DisconnectOptions extends ChangeOptions {
  readonly logout?: true | undefined;
}

export async function listChannels(shell: Shell): Promise<ExitCode> {
  const channels = await (await GatewayChannels.open(shell)).list();
  if (shell.json) {
    shell.document('channels', { channels });
    return exitCodes.ok;
  }
  if (channels.length === 0) shell.message('No channel is set up in this gateway.');
  else shell.data(...channelLines(channels, shell.out.style));
  for (const { name, issues } of channels) {
    for (const { message, fix } of issues) {
      shell.message(`${name}: ${message}${fix === undefined ? '' : ` Fix: ${fix}.`}`);
    }
  }
  return exitCodes.ok;
}

function printChannel(shell: Shell, channel: ChannelView): ExitCode {
  if (shell.json) shell.document('channel', { channel });
  else shell.data(...channelLines([channel], shell.out.style));
  return exitCodes.ok;
}

export async function connectChannel(shell: Shell, channelId: string, options: ChangeOptions): Promise<ExitCode> {
  const target: ChannelTarget = { channelId, accountId: options.account };
  const channels = await GatewayChannels.open(shell);
  const { channel, account } = await channels.find(target);
  if (account.status === 'connected') {
    shell.message('The channel was already connected.');
    return printChannel(shell, channel);
  }
  await channels.request(channels.methods.connect(target));
  return printChannel(shell, await untilConnected(shell, channels, target, options.timeout ?? DEFAULT_TIMEOUT_MS));
}

export async function disconnectChannel(
  shell: Shell,
  channelId: string,
  options: DisconnectOptions,
): Promise<ExitCode> {
  const target: ChannelTarget = { channelId, accountId: options.account };
  const channels = await GatewayChannels.open(shell);
  await channels.find(target);
  const { methods } = channels;
  await channels.request(options.logout === true ? methods.logout(target) : methods.disconnect(target));
  return printChannel(shell, await untilDisconnected(shell, channels, target, options.timeout ?? DEFAULT_TIMEOUT_MS));
}
