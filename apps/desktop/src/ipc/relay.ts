import type { FrameChannel } from '@deskclaw/core';
import type { MessageEvent } from 'electron';
import { GOODBYE } from './contract.ts';
import { checkFrame } from './frame-rules.ts';

/** What the relay needs of Electron's `MessagePortMain`. */
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
 * Joins a page's port to a channel of its own to the host, frame by frame, both ways. Until the channel is there the port
 * is not started, so it keeps what the page sends; when either side ends, so does the other.
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
