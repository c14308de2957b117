import type { Channel } from '@deskclaw/protocol';
import { flag, integer, object, optional, text } from '../../params/guard.ts';
import type { ChannelsService } from '../../services/channels.ts';
import type { ConnectedClients } from '../connected-clients.ts';
import { OpenClawFault } from '../errors.ts';
import { type OpenClawHandler, openClawMethod } from './method.ts';

type Names = 'channels.start' | 'channels.stop' | 'channels.logout' | 'web.login.start' | 'web.login.wait';

const LINKED_BY_QR = 'device';
const DEFAULT_WAIT_MS = 120_000;
const account = { accountId: optional(text()) };
const target = object({ channel: text({ min: 1 }), ...account });
const timeoutMs = optional(integer(0, 3_600_000));

interface Login {
  readonly qrDataUrl: string;
  readonly expiresAt: number;
}

function refuse(message: string): never {
  throw new OpenClawFault({ code: 'INVALID_REQUEST', message });
}

/** As recorded of 2026.9.6; protocol 3 does not take the channel's name in a login. */
export function channelHandlers(
  channels: ChannelsService,
  clients: ConnectedClients,
): Readonly<Record<Names, OpenClawHandler>> {
  const { clock } = clients.ports;
  const named = clients.protocol === 3 ? {} : { channel: optional(text({ min: 1 })) };
  let login: Login | undefined;

  function known(method: string, channel: string): Channel {
    const found = channels.list().find(({ id }) => id === channel);
    return found ?? refuse(`invalid ${method} channel`);
  }

  function requireLogin(channel: string = LINKED_BY_QR): void {
    if (!channels.list().some(({ id }) => id === channel)) refuse('web login provider is not available');
    if (channel !== LINKED_BY_QR) refuse(`web login is not supported by provider ${channel}`);
  }

  async function currentCode(): Promise<Login> {
    if (login !== undefined && login.expiresAt > clock.wallTime()) return login;
    const { qr, expiresAt } = channels.qrCode(LINKED_BY_QR);
    const { qrPicture } = await import('../qr-picture.ts');
    login = { qrDataUrl: qrPicture(qr), expiresAt };
    return login;
  }

  function isLinked(): boolean {
    return channels.get(LINKED_BY_QR).linked === true;
  }

  /** Until the device is linked, or that long. */
  function changeWithin(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const settle = (): void => {
        cancel();
        forget();
        resolve();
      };
      const forget = channels.onChange(({ channelId }) => {
        if (channelId === LINKED_BY_QR) settle();
      });
      const cancel = clock.schedule(ms, settle);
    });
  }

  async function wait(ms: number, shown: string | undefined): Promise<object> {
    const deadline = clock.now() + ms;
    while (true) {
      if (isLinked()) {
        login = undefined;
        return { connected: true, message: 'Linked.' };
      }
      if (login === undefined) return { connected: false, message: 'No active login in progress.' };
      const { qrDataUrl, expiresAt } = await currentCode();
      if (shown !== undefined && shown !== qrDataUrl) {
        return { connected: false, message: 'QR refreshed. Scan the latest code.', qrDataUrl };
      }
      const left = deadline - clock.now();
      if (left <= 0) return { connected: false, message: 'Still waiting for the QR scan.' };
      await changeWithin(Math.min(left, Math.max(0, expiresAt - clock.wallTime())));
    }
  }

  return {
    'channels.start': openClawMethod('channels.start', target, async ({ channel, accountId = 'default' }) => {
      known('channels.start', channel);
      const { status } = await channels.setOpen(channel, true);
      return { channel, accountId, started: status !== 'disconnected', outcome: { status: 'handed-off' } };
    }),
    'channels.stop': openClawMethod('channels.stop', target, async ({ channel, accountId = 'default' }) => {
      known('channels.stop', channel);
      const { status } = await channels.setOpen(channel, false);
      return { channel, accountId, stopped: status === 'disconnected' };
    }),
    'channels.logout': openClawMethod('channels.logout', target, async ({ channel, accountId = 'default' }) => {
      const { linked } = known('channels.logout', channel);
      if (linked === undefined) refuse(`channel ${channel} does not support logout`);
      await channels.setOpen(channel, false);
      return { channel, accountId, cleared: linked, loggedOut: linked };
    }),
    'web.login.start': openClawMethod(
      'web.login.start',
      object({ ...named, ...account, force: optional(flag), verbose: optional(flag), timeoutMs }),
      async ({ channel, force = false }) => {
        requireLogin(channel);
        if (force) await channels.setOpen(LINKED_BY_QR, false);
        await channels.setOpen(LINKED_BY_QR, true);
        if (isLinked()) return { message: 'A device is already linked.' };
        const { qrDataUrl } = await currentCode();
        return { qrDataUrl, message: 'Scan this QR with the other device.' };
      },
    ),
    'web.login.wait': openClawMethod(
      'web.login.wait',
      object({
        ...named,
        ...account,
        sessionKey: optional(text({ min: 1 })),
        timeoutMs,
        currentQrDataUrl: optional(text({ max: 16_384 })),
      }),
      (params) => {
        requireLogin(params.channel);
        return wait(params.timeoutMs ?? DEFAULT_WAIT_MS, params.currentQrDataUrl);
      },
    ),
  };
}
