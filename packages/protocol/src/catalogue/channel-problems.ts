import type { ProblemAction } from '../problem.ts';
import { type Catalogue, duration, logs, shellWord } from './entry.ts';

const list: ProblemAction = { id: 'channels', label: 'Show the channels', command: 'deskclaw channels' };

function qr(channel: string, label: string): ProblemAction {
  return { id: 'qr', label, command: `deskclaw channels qr ${shellWord(channel)}` };
}

function connect(channel: string, label: string): ProblemAction {
  return { id: 'connect', label, command: `deskclaw channels connect ${shellWord(channel)}` };
}

export const channelProblems = {
  'channel.unknown': {
    title: 'The gateway has no such channel',
    retryable: false,
    detail: (f) =>
      f.known.length === 0
        ? `"${f.channel}" is not set up. The gateway has no channels.`
        : `The gateway has no channel "${f.channel}". Its channels: ${f.known.join(', ')}.`,
    actions: () => [list, { id: 'set-up', label: 'Set up the channel in the gateway first' }],
  },
  'channel.login-required': {
    title: 'The channel is not logged in',
    retryable: false,
    detail: (f) => `Nobody is logged in to "${f.channel}", so it cannot connect.`,
    actions: (f) =>
      f.qr
        ? [qr(f.channel, 'Log in with a QR code')]
        : [{ id: 'log-in', label: 'Log in with the gateway’s own command line' }, list],
  },
  'channel.login-failed': {
    title: 'The login to the channel failed',
    retryable: true,
    detail: (f) => `"${f.channel}": ${f.message}`,
    actions: (f) => [qr(f.channel, 'Try again with a fresh code'), logs],
  },
  'channel.not-connected': {
    title: 'The channel did not connect',
    retryable: true,
    detail: (f) => `"${f.channel}": ${f.reason}`,
    actions: (f) => [connect(f.channel, 'Try again'), logs],
  },
  'channel.timeout': {
    title: 'The channel timed out',
    retryable: true,
    detail: (f) => `"${f.channel}" was not ${f.awaited} within ${duration(f.waitedMs)}. Last status: ${f.last}.`,
    actions: () => [list, logs],
  },
} satisfies Partial<Catalogue>;
