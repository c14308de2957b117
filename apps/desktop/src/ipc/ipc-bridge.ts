import type { FrameChannel } from '@deskclaw/core';
import { BUNDLE_ORIGIN } from '../window/bundle.ts';
import { CONNECT_CHANNEL } from './contract.ts';
import { type Port, type Relay, relay } from './relay.ts';

/** The checked members of the sending frame (Electron's `WebFrameMain`). */
export interface SenderFrame {
  readonly origin: string;
  /** Null in a top frame. */
  readonly parent: object | null;
}

/** Returns whether the frame is our own page as the top frame: no frame inside it and no foreign page. */
function isOwnPage(frame: SenderFrame | null): boolean {
  return frame !== null && frame.parent === null && frame.origin === BUNDLE_ORIGIN;
}

/** The used part of Electron's `IpcMainEvent`. */
export interface ConnectEvent {
  readonly senderFrame: SenderFrame | null;
  readonly ports: readonly Port[];
}

export interface IpcBridgeDeps {
  readonly ipc: { on(channel: typeof CONNECT_CHANNEL, listener: (event: ConnectEvent) => void): unknown };
  /** Resolves with a new channel to the host once the host is connected; rejects if the app quits before. */
  readonly openChannel: () => Promise<FrameChannel>;
  readonly warn: (text: string) => void;
}

export interface IpcBridge {
  /** Channels open or opening. */
  readonly size: number;
  close(): void;
}

/** A page needs one channel, and two for a moment during a reconnect. A further one closes the oldest. */
const MAX_CHANNELS = 4;

/** The only connection between a page and the host; there is no other IPC. */
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
