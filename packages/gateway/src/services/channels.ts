import { type Channel, type ChannelStatusEvent, RpcErrorCode } from '@deskclaw/protocol';
import { notFound, RpcFault } from '../errors.ts';
import { flag, type Guard, object } from '../params/guard.ts';
import type { Clock, Random } from '../ports/clock.ts';
import { Emitter } from '../ports/emitter.ts';
import type { Log } from '../ports/log.ts';
import type { Document } from '../store/document.ts';

/** Channels that the user opened. */
export interface ChannelState {
  readonly webchat: boolean;
  readonly device: boolean;
}
export const channelState: Guard<ChannelState> = object({ webchat: flag, device: flag });
export const initialChannels: ChannelState = { webchat: true, device: false };

const LINK_CODE_MS = 60_000;

type ChannelId = keyof ChannelState;
const descriptions = {
  webchat: { name: 'Web chat', kind: 'websocket' },
  device: { name: 'Linked device', kind: 'link' },
} as const satisfies Record<ChannelId, { name: string; kind: string }>;

interface LinkCode {
  readonly code: string;
  readonly expiresAt: number;
}

/** Faults of channels, for tests. */
export interface ChannelFaults {
  /** Whether opened channels stay "connecting". */
  readonly stuck: boolean;
  /** ms. Default: a minute. */
  readonly linkCodeMs?: number | undefined;
}

export interface ChannelsPorts {
  readonly faults: ChannelFaults;
  readonly document: Document<ChannelState>;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Address at which a device reaches this gateway. */
  readonly url: () => string;
}

/**
 * The two ways to talk through this gateway. `webchat` is chat.send itself: closed, messages are refused. `device` lets a
 * second device in without the gateway token: it logs in with a code, shown as a QR code, that works once and for a minute.
 */
export class ChannelsService {
  readonly #ports: ChannelsPorts;
  readonly #changes: Emitter<ChannelStatusEvent>;
  #linkCode: LinkCode | undefined;
  /** Cuts the linked device's connection. */
  #linked: { readonly disconnect: () => void } | undefined;

  constructor(ports: ChannelsPorts) {
    this.#ports = ports;
    this.#changes = new Emitter((fault) => ports.log.error(`a listener of channels threw: ${String(fault)}`));
  }

  onChange(listener: (event: ChannelStatusEvent) => void): () => void {
    return this.#changes.add(listener);
  }

  list(): readonly Channel[] {
    return (['webchat', 'device'] as const).map((id) => this.#describe(id));
  }

  get(channelId: string): Channel {
    return this.#describe(knownId(channelId));
  }

  async setOpen(channelId: string, open: boolean): Promise<Channel> {
    const id = knownId(channelId);
    const before = this.#describe(id).status;
    await this.#ports.document.update((state) => ({ ...state, [id]: open }));
    if (id === 'device' && !open) {
      this.#linkCode = undefined;
      this.#linked?.disconnect();
      this.#linked = undefined;
    }
    const after = this.#describe(id);
    if (after.status !== before) this.#emitChange(id);
    return after;
  }

  /** Returns a new link code as the address in the QR code; the previous code stops working. */
  qrCode(channelId: string): { readonly channelId: string; readonly qr: string; readonly expiresAt: number } {
    const id = knownId(channelId);
    if (id !== 'device')
      throw new RpcFault(RpcErrorCode.InvalidParams, `channel "${id}" is not linked by a QR code`, {
        path: '/channelId',
      });
    if (!this.#ports.document.value.device) {
      throw new RpcFault(RpcErrorCode.ServerError, 'channel "device" is disconnected; channels.connect opens it');
    }
    const { faults, clock } = this.#ports;
    const expiresAt = clock.wallTime() + (faults.linkCodeMs ?? LINK_CODE_MS);
    this.#linkCode = { code: this.#ports.random.uuid(), expiresAt };
    const address = new URLSearchParams({ url: this.#ports.url(), code: this.#linkCode.code });
    return { channelId: id, qr: `deskclaw://link?${address}`, expiresAt };
  }

  /** Links the sending connection if `code` is valid; a code works once. */
  redeem(code: string, disconnect: () => void): boolean {
    const offered = this.#linkCode;
    if (offered === undefined || offered.code !== code || offered.expiresAt <= this.#ports.clock.wallTime())
      return false;
    this.#linkCode = undefined;
    this.#linked?.disconnect();
    this.#linked = { disconnect };
    this.#emitChange('device');
    return true;
  }

  /** Called when the linked connection has ended by itself. */
  unlinked(disconnect: () => void): void {
    if (this.#linked?.disconnect !== disconnect) return;
    this.#linked = undefined;
    this.#emitChange('device');
  }

  /** Throws when chat.send is closed to clients. */
  assertChatOpen(): void {
    if (this.#ports.document.value.webchat) return;
    throw new RpcFault(
      RpcErrorCode.PermissionDenied,
      'chat.send: channel "webchat" is disconnected; channels.connect opens it',
      { channelId: 'webchat' },
    );
  }

  #describe(id: ChannelId): Channel {
    const linked = id === 'device' ? { linked: this.#linked !== undefined } : {};
    return { id, ...descriptions[id], status: this.#status(id), ...linked };
  }

  #status(id: ChannelId): Channel['status'] {
    if (!this.#ports.document.value[id]) return 'disconnected';
    return this.#ports.faults.stuck || (id === 'device' && this.#linked === undefined) ? 'connecting' : 'connected';
  }

  #emitChange(id: ChannelId): void {
    this.#changes.emit({ channelId: id, status: this.#status(id) });
  }
}

function knownId(channelId: string): ChannelId {
  if (channelId === 'webchat' || channelId === 'device') return channelId;
  throw notFound('channel', channelId);
}
