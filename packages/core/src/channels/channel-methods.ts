import { isObject } from '@deskclaw/protocol';
import type { ChannelView } from './channel-view.ts';
import { readChannelList, readChannelsStatus } from './read-channels.ts';

export interface ChannelTarget {
  readonly channelId: string;
  readonly accountId?: string | undefined;
}

export interface GatewayRequest {
  readonly method: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** How a gateway is asked about its channels. Its answers to changes say only that they were taken in: what came of them, the list tells. */
export interface ChannelMethods {
  /** `probe`: ask the services themselves too, which takes longer. */
  list(probe: boolean): GatewayRequest;
  read(answer: unknown): readonly ChannelView[];
  connect(target: ChannelTarget): GatewayRequest;
  disconnect(target: ChannelTarget): GatewayRequest;
  logout(target: ChannelTarget): GatewayRequest;
  /** The first step of a login by a QR code. */
  readonly qrMethod: string;
}

const PROBE_TIMEOUT_MS = 5_000;

/** The methods of a JSON-RPC gateway; it knows no accounts, and to disconnect a channel ends its login too. */
export const listedChannels: ChannelMethods = {
  list: () => ({ method: 'channels.list', params: {} }),
  read: readChannelList,
  connect: ({ channelId }) => ({ method: 'channels.connect', params: { channelId } }),
  disconnect: ({ channelId }) => ({ method: 'channels.disconnect', params: { channelId } }),
  logout: ({ channelId }) => ({ method: 'channels.disconnect', params: { channelId } }),
  qrMethod: 'channels.getQRCode',
};

function toOpenClaw(method: string) {
  return ({ channelId, accountId }: ChannelTarget): GatewayRequest => ({
    method,
    params: { channel: channelId, ...(accountId === undefined ? {} : { accountId }) },
  });
}

/** OpenClaw's; 2026.2 knows neither `channels.start` nor `channels.stop`. */
export const openClawChannels: ChannelMethods = {
  list: (probe) => ({
    method: 'channels.status',
    params: probe ? { probe, timeoutMs: PROBE_TIMEOUT_MS } : { probe },
  }),
  read: (answer) => readChannelsStatus(answer) ?? [],
  connect: toOpenClaw('channels.start'),
  disconnect: toOpenClaw('channels.stop'),
  logout: toOpenClaw('channels.logout'),
  qrMethod: 'web.login.start',
};

/** Chosen by what the gateway offers, never by its version. */
export function channelMethods(offered: readonly string[]): ChannelMethods {
  return offered.includes('channels.status') && !offered.includes('channels.list') ? openClawChannels : listedChannels;
}

/** A picture (`data:image/png;base64,…`) or the text that the code holds; `expiresAt`: epoch ms. */
export type QrCode =
  | { readonly kind: 'text'; readonly text: string; readonly expiresAt?: number }
  | { readonly kind: 'picture'; readonly dataUrl: string };

export interface QrAnswer {
  /** Code to show, in place of any earlier one. */
  readonly code?: QrCode;
  /** The login is done, says the gateway. */
  readonly connected: boolean;
  /** The gateway's words for people. */
  readonly message?: string;
  /** To be passed back when waiting. */
  readonly sessionKey?: string;
}

function readCode({ qr, qrDataUrl, expiresAt }: Readonly<Record<string, unknown>>): QrCode | undefined {
  if (typeof qrDataUrl === 'string' && qrDataUrl !== '') return { kind: 'picture', dataUrl: qrDataUrl };
  if (typeof qr !== 'string' || qr === '') return undefined;
  return { kind: 'text', text: qr, ...(typeof expiresAt === 'number' ? { expiresAt } : {}) };
}

/** Reads the answer of `channels.getQRCode`, `web.login.start` or `web.login.wait`. */
export function readQrAnswer(answer: unknown): QrAnswer {
  if (!isObject(answer)) return { connected: false };
  const { connected, message, sessionKey } = answer;
  const code = readCode(answer);
  return {
    ...(code === undefined ? {} : { code }),
    connected: connected === true,
    ...(typeof message === 'string' && message !== '' ? { message } : {}),
    ...(typeof sessionKey === 'string' && sessionKey !== '' ? { sessionKey } : {}),
  };
}
