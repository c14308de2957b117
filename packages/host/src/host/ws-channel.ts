import type { ChannelCloseInfo, FrameChannel } from '@deskclaw/core';
import type { WebSocket } from 'ws';

/** A `ws` socket as a frame channel. Binary frames are not part of the control API and end the channel. */
export function socketChannel(socket: WebSocket): FrameChannel {
  let end: ChannelCloseInfo | undefined;
  let onFrame: (text: string) => void = () => undefined;
  let onClose: (end: ChannelCloseInfo) => void = () => undefined;
  socket.on('message', (data, isBinary) => {
    if (isBinary) socket.close(1003, 'text frames only');
    else
      onFrame(
        Buffer.isBuffer(data)
          ? data.toString('utf8')
          : Buffer.concat(Array.isArray(data) ? data : [Buffer.from(data)]).toString('utf8'),
      );
  });
  // An error is always followed by `close`, which tells the same.
  socket.on('error', () => undefined);
  socket.on('close', (code, reason) => {
    end = { code, reason: reason.toString('utf8') };
    onClose(end);
  });
  return {
    send: (text) => {
      if (socket.readyState === socket.OPEN) socket.send(text);
    },
    onFrame: (listener) => {
      onFrame = listener;
    },
    onClose: (listener) => {
      onClose = listener;
      if (end !== undefined) listener(end);
    },
    close: (code, reason) => socket.close(code ?? 1000, reason ?? ''),
    get bufferedAmount() {
      return socket.bufferedAmount;
    },
  };
}
