import type { FrameChannel } from '@deskclaw/core';
import { checkFrame } from '@deskclaw/host';
import type { MessageEvent } from 'electron';
import { GOODBYE } from './contract.ts';

/** The used part of Electron's `MessagePortMain`. */
export interface Port {
  on(event: 'message', listener: (message: MessageEvent) => void): unknown;
  on(event: 'close', listener: () => void): unknown;
  start(): void;
  postMessage(message: unknown): void;
  close(): void;
}

export interface Relay {
  /** Ends both sides; a second call does nothing. */
  close(): void;
}

/**
 * Relays frames between a page's port and its own channel to the host. The port is started once the channel is open, so
 * it queues earlier frames; when one side closes, so does the other.
 */
export function relay(port: Port, opening: Promise<FrameChannel>, onEnd: () => void): Relay {
  let channel: FrameChannel | undefined;
  let ended = false;

  function close(): void {
    if (ended) return;
    ended = true;
    port.close();
    channel?.close();
    onEnd();
  }

  function receive(message: MessageEvent): void {
    if (message.data === GOODBYE) {
      close();
      return;
    }
    const decision = checkFrame(message.data);
    switch (decision.kind) {
      case 'pass':
        channel?.send(decision.text);
        break;
      case 'answer':
        port.postMessage(decision.text);
        break;
      case 'drop':
        break;
      default:
        decision satisfies never;
    }
  }

  port.on('close', close);
  port.on('message', receive);
  opening.then(
    (opened) => {
      if (ended) {
        opened.close();
        return;
      }
      channel = opened;
      opened.onFrame((text) => port.postMessage(text));
      opened.onClose(close);
      port.start();
    },
    () => close(),
  );
  return { close };
}
