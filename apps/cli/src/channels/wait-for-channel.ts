import { type ChannelTarget, type ChannelView, GatewayError } from '@deskclaw/core';
import { describeProblem } from '@deskclaw/protocol';
import type { Shell } from '../shell.ts';
import type { Account, GatewayChannels } from './gateway-channels.ts';

/** OpenClaw reports its channels only once a minute, so their status is also polled. */
const POLL_INTERVAL_MS = 500;

type ChannelState = 'done' | 'not-yet' | GatewayError;

/**
 * Polls a channel, and checks it on every notification, until it reaches the goal. The answer to a request alone does not
 * prove that.
 */
async function waitForChannel(
  shell: Shell,
  channels: GatewayChannels,
  target: ChannelTarget,
  goal: { readonly awaited: string; readonly timeoutMs: number; readonly check: (account: Account) => ChannelState },
): Promise<ChannelView> {
  const deadline = shell.now() + goal.timeoutMs;
  while (true) {
    const { channel, account } = await channels.find(target);
    const state = goal.check(account);
    if (state === 'done') return channel;
    if (state !== 'not-yet') throw state;
    const left = deadline - shell.now();
    if (left <= 0) {
      const last = account.error === undefined ? account.status : `${account.status} (${account.error})`;
      const facts = { channel: target.channelId, awaited: goal.awaited, waitedMs: goal.timeoutMs, last };
      throw new GatewayError(describeProblem('channel.timeout', facts, shell.now()));
    }
    await channels.nextChange(Math.min(left, POLL_INTERVAL_MS));
  }
}

/**
 * @throws GatewayError `channel.login-required`, `channel.not-connected` with the gateway's reason, or `channel.timeout`.
 */
export function untilConnected(
  shell: Shell,
  channels: GatewayChannels,
  target: ChannelTarget,
  timeoutMs: number,
): Promise<ChannelView> {
  const channel = target.channelId;
  const failed = (reason: string) =>
    new GatewayError(describeProblem('channel.not-connected', { channel, reason }, shell.now()));
  return waitForChannel(shell, channels, target, {
    awaited: 'connected',
    timeoutMs,
    check: ({ status, linked, unconfigured, error }) => {
      if (status === 'connected') return 'done';
      if (unconfigured === true) return failed(`The channel is not set up${error === undefined ? '' : ` (${error})`}.`);
      if (linked === false) {
        const qr = channels.offers(channels.methods.qrMethod);
        return new GatewayError(describeProblem('channel.login-required', { channel, qr }, shell.now()));
      }
      return status === 'error' ? failed(error ?? 'The gateway gives no reason.') : 'not-yet';
    },
  });
}

/** @throws GatewayError `channel.timeout`. */
export function untilDisconnected(
  shell: Shell,
  channels: GatewayChannels,
  target: ChannelTarget,
  timeoutMs: number,
): Promise<ChannelView> {
  return waitForChannel(shell, channels, target, {
    awaited: 'disconnected',
    timeoutMs,
    check: ({ status }) => (status === 'disconnected' || status === 'error' ? 'done' : 'not-yet'),
  });
}
