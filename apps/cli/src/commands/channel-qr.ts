import { type ChannelTarget, GatewayError, type QrAnswer, type QrCode } from '@deskclaw/core';
import { describeProblem, type ExitCode, exitCodes } from '@deskclaw/protocol';
import { GatewayChannels } from '../channels/gateway-channels.ts';
import { qrLogin } from '../channels/qr-login.ts';
import { untilConnected } from '../channels/wait-for-channel.ts';
import { channelLines } from '../output/channel-lines.ts';
import type { Shell } from '../shell.ts';
import type { ChangeOptions } from './channels.ts';

const DEFAULT_TIMEOUT_MS = 180_000;
/** After the login; OpenClaw then starts the channel again. */
const CONNECT_TIMEOUT_MS = 60_000;

export interface QrOptions extends ChangeOptions {
  readonly force?: true | undefined;
}

function isSame(a: QrCode, b: QrCode): boolean {
  return a.kind === 'picture'
    ? b.kind === 'picture' && a.dataUrl === b.dataUrl
    : b.kind === 'text' && a.text === b.text;
}

/** Ends a login without a code: already logged in, or failed with the message of the gateway. */
async function checkRefusal(
  shell: Shell,
  channels: GatewayChannels,
  target: ChannelTarget,
  message = 'The gateway returned no code.',
): Promise<void> {
  const { account } = await channels.find(target);
  if (account.linked === true || account.status === 'connected') {
    shell.message(message);
    return;
  }
  const facts = { channel: target.channelId, message };
  throw new GatewayError(describeProblem('channel.login-failed', facts, shell.now()));
}

async function logIn(
  shell: Shell,
  channels: GatewayChannels,
  target: ChannelTarget,
  options: {
    readonly force: boolean;
    readonly timeoutMs: number;
    readonly show: (code: QrCode, first: boolean) => void;
  },
): Promise<void> {
  const deadline = shell.now() + options.timeoutMs;
  const login = qrLogin(shell, channels, target);
  let answer: QrAnswer = await login.begin(options.force);
  for (let shown: QrCode | undefined; !answer.connected; ) {
    const { code, message } = answer;
    if (code === undefined) return checkRefusal(shell, channels, target, message);
    if (shown === undefined || !isSame(shown, code)) options.show(code, shown === undefined);
    shown = code;
    const left = deadline - shell.now();
    if (left <= 0) {
      const facts = {
        channel: target.channelId,
        awaited: 'logged in',
        waitedMs: options.timeoutMs,
        last: 'not logged in',
      };
      throw new GatewayError(describeProblem('channel.timeout', facts, shell.now()));
    }
    answer = await login.next(code, left);
  }
}

/** Shows the code, and each new one, until the channel is connected. */
export async function channelQr(shell: Shell, channelId: string, options: QrOptions): Promise<ExitCode> {
  const target: ChannelTarget = { channelId, accountId: options.account };
  const channels = await GatewayChannels.open(shell);
  await channels.find(target);
  const { showQr } = await import('../channels/show-qr.ts');
  await logIn(shell, channels, target, {
    force: options.force === true,
    timeoutMs: options.timeout ?? DEFAULT_TIMEOUT_MS,
    show: (code, first) => {
      showQr(shell, channelId, code);
      shell.message(first ? 'Scan the code to log in. Press Ctrl-C to cancel.' : 'The code expired. Scan the new one.');
    },
  });
  const channel = await untilConnected(shell, channels, target, CONNECT_TIMEOUT_MS);
  if (shell.json || !shell.out.interactive) shell.record('channel', { channel });
  else shell.data(...channelLines([channel], shell.out.style));
  return exitCodes.ok;
}
