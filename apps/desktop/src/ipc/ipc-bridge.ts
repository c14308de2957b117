import type { FrameChannel } from '@deskclaw/core';
import { BUNDLE_ORIGIN } from '../window/bundle.ts';
import { CONNECT_CHANNEL } from './contract.ts';
import { type Port, type Relay, relay } from './relay.ts';

/** What is looked at of a frame that sends: Electron's `WebFrameMain`. */
export interface SenderFrame {
  readonly origin: string;
  /** Null in a top frame. */
  readonly parent: object | null;
}

/** Only our own page, and only as the top frame: not a frame inside it, not whatever else got into a window. */
export function isOwnPage(frame: SenderFrame | null): boolean {
  return frame !== null && frame.parent === null && frame.origin === BUNDLE_ORIGIN;
}

/** What the bridge needs of an `IpcMainEvent`. */
export interface ConnectEvent {
  readonly senderFrame: SenderFrame | null;
  readonly ports: readonly Port[];
}

export interface IpcBridgeDeps {
  readonly ipc: { on(channel: typeof CONNECT_CHANNEL, listener: (event: ConnectEvent) => void): unknown };
  /** A fresh channel to the host, as soon as there is one; rejects when there will be none. */
  readonly openChannel: () => Promise<FrameChannel>;
  readonly warn: (text: string) => void;
}

export interface IpcBridge {
  /** Channels open or opening. */
  readonly size: number;
  close(): void;
}

/** A page needs one channel, and two for a moment while it changes them. The oldest makes room. */
const MAX_CHANNELS = 4;

/** The one way from a page to the host; there is no other IPC. */
export function createIpcBridge(deps: IpcBridgeDeps): IpcBridge {
  const relays = new Set<Relay>();
  let open = true;

  deps.ipc.on(CONNECT_CHANNEL, (event) => {
    const [port] = event.ports;
    if (!open || port === undefined || !isOwnPage(event.senderFrame)) {
      deps.warn(`Refused a connection from ${event.senderFrame?.origin ?? 'a frame that no longer exists'}`);
      for (const refused of event.ports) refused.close();
      return;
    }
    if (relays.size >= MAX_CHANNELS) relays.values().next().value?.close();
    const entry = relay(port, deps.openChannel(), () => relays.delete(entry));
    relays.add(entry);
  });

  return {
    get size() {
      return relays.size;
    },
    close: () => {
      open = false;
      for (const entry of [...relays]) entry.close();
    },
  };
}
