import type { ChannelCloseInfo, FrameChannel } from '@deskclaw/core/client';

/** Wraps a browser WebSocket as a channel; frames sent before it opens are queued. */
export function webSocketChannel(url: string): FrameChannel {
  const socket = new WebSocket(url);
  let waiting: string[] = [];
  let onFrame: (text: string) => void = () => undefined;
  let onClose: (end: ChannelCloseInfo) => void = () => undefined;
  let end: ChannelCloseInfo | undefined;

  socket.addEventListener('open', () => {
    for (const text of waiting) socket.send(text);
    waiting = [];
  });
  socket.addEventListener('message', (event: MessageEvent<unknown>) => {
    // A binary frame is none of ours; as text that is no JSON it is counted like any other broken one.
    onFrame(typeof event.data === 'string' ? event.data : '');
  });
  socket.addEventListener('close', (event) => {
    end = { code: event.code, reason: event.reason };
    waiting = [];
    onClose(end);
  });

  return {
    send: (text) => {
      if (socket.readyState === WebSocket.CONNECTING) waiting.push(text);
      else if (socket.readyState === WebSocket.OPEN) socket.send(text);
    },
    onFrame: (listener) => {
      onFrame = listener;
    },
    onClose: (listener) => {
      onClose = listener;
      if (end !== undefined) listener(end);
    },
    close: (code = 1000, reason = '') => socket.close(code, reason),
    get bufferedAmount() {
      return socket.bufferedAmount + waiting.reduce((sum, text) => sum + text.length, 0);
    },
  };
}
