import {
  type ChannelTarget,
  type ChannelView,
  GatewayError,
  type QrAnswer,
  type QrCode,
  readQrAnswer,
} from '@deskclaw/core';
import type { Shell } from '../shell.ts';
import type { GatewayChannels } from './gateway-channels.ts';

/** Logs in to a channel with a QR code. */
export interface QrLogin {
  begin(force: boolean): Promise<QrAnswer>;
  /** Resolves when the login is complete, when another code must be shown, or after `withinMs`. */
  next(shown: QrCode, withinMs: number): Promise<QrAnswer>;
}

/** Longest wait of one request to the gateway, so that a lost connection is noticed. */
const WAIT_MS = 20_000;
const CODE_TIMEOUT_MS = 30_000;
const MARGIN_MS = 10_000;

/** For gateways whose codes are text with a known expiry. The status of the channel shows when the login is complete. */
class ListedLogin implements QrLogin {
  readonly #shell: Shell;
  readonly #channels: GatewayChannels;
  readonly #target: ChannelTarget;

  constructor(shell: Shell, channels: GatewayChannels, target: ChannelTarget) {
    this.#shell = shell;
    this.#channels = channels;
    this.#target = target;
  }

  async begin(force: boolean): Promise<QrAnswer> {
    const { methods } = this.#channels;
    const { account } = await this.#channels.find(this.#target);
    if (account.status === 'connected' && account.linked === true && !force) return { connected: true };
    if (force) await this.#channels.request(methods.disconnect(this.#target));
    await this.#channels.request(methods.connect(this.#target));
    return this.#code();
  }

  async next(shown: QrCode, withinMs: number): Promise<QrAnswer> {
    const { now } = this.#shell;
    const expiresAt = shown.kind === 'text' ? (shown.expiresAt ?? Infinity) : Infinity;
    const until = Math.min(now() + withinMs, expiresAt);
    while (now() < until) {
      const { account } = await this.#channels.find(this.#target);
      if (account.status === 'connected') return { connected: true };
      await this.#channels.nextChange(Math.max(1, Math.min(WAIT_MS, until - now())));
    }
    return expiresAt <= now() ? this.#code() : { code: shown, connected: false };
  }

  async #code(): Promise<QrAnswer> {
    const { channelId } = this.#target;
    return readQrAnswer(
      await this.#channels.request({ method: this.#channels.methods.qrMethod, params: { channelId } }),
    );
  }
}

/** 2026.5 and before take no channel's name, and log in to whichever can be logged in to. */
function refusesChannelName(error: unknown): boolean {
  if (!(error instanceof GatewayError) || error.outcome !== 'answered') return false;
  return error.rpc?.code === 'INVALID_REQUEST' && /unexpected property 'channel'/.test(error.problem.detail);
}

/** OpenClaw: a picture, and a request that waits with us. */
class OpenClawLogin implements QrLogin {
  readonly #channels: GatewayChannels;
  readonly #target: ChannelTarget;
  #named: Readonly<Record<string, unknown>>;
  #session: Readonly<Record<string, unknown>> = {};

  constructor(channels: GatewayChannels, target: ChannelTarget) {
    const { channelId, accountId } = target;
    this.#channels = channels;
    this.#target = target;
    this.#named = { channel: channelId, ...(accountId === undefined ? {} : { accountId }) };
  }

  async begin(force: boolean): Promise<QrAnswer> {
    const answer = await this.#start(force).catch(async (error: unknown) => {
      if (!refusesChannelName(error) || !(await this.#isOnlyChoice())) throw error;
      const { channel: _, ...rest } = this.#named;
      this.#named = rest;
      return this.#start(force);
    });
    const { sessionKey } = answer;
    this.#session = sessionKey === undefined ? {} : { sessionKey };
    return answer;
  }

  async next(shown: QrCode, withinMs: number): Promise<QrAnswer> {
    const timeoutMs = Math.max(1, Math.min(WAIT_MS, withinMs));
    const current = shown.kind === 'picture' ? { currentQrDataUrl: shown.dataUrl } : {};
    const params = { ...this.#named, ...this.#session, ...current, timeoutMs };
    const answer = readQrAnswer(
      await this.#channels.request({ method: 'web.login.wait', params }, timeoutMs + MARGIN_MS),
    );
    // Nothing changed: the gateway is still waiting, or the code expired. A new request returns the current code.
    return answer.connected || answer.code !== undefined ? answer : this.begin(false);
  }

  async #start(force: boolean): Promise<QrAnswer> {
    const params = { ...this.#named, ...(force ? { force } : {}), timeoutMs: CODE_TIMEOUT_MS };
    return readQrAnswer(
      await this.#channels.request({ method: 'web.login.start', params }, CODE_TIMEOUT_MS + MARGIN_MS),
    );
  }

  /** Only then can the login without a name be meant for no other: those that are linked are the ones with a `linked`. */
  async #isOnlyChoice(): Promise<boolean> {
    const canLink = ({ linked }: ChannelView): boolean => linked !== undefined;
    const choices = (await this.#channels.list()).filter(canLink);
    return choices.length === 1 && choices[0]?.id === this.#target.channelId;
  }
}

export function qrLogin(shell: Shell, channels: GatewayChannels, target: ChannelTarget): QrLogin {
  return channels.methods.qrMethod === 'web.login.start'
    ? new OpenClawLogin(channels, target)
    : new ListedLogin(shell, channels, target);
}
