import type { ChannelCloseInfo, FrameChannel } from '@deskclaw/core/client';

/** Wraps a message port as a channel: one text frame per message; closed when either side closes its port. */
export function messagePortChannel(port: MessagePort): FrameChannel {
  let onFrame: (text: string) => void = () => undefined;
  let onClose: (end: ChannelCloseInfo) => void = () => undefined;
  let end: ChannelCloseInfo | undefined;

  function finish(reached: ChannelCloseInfo): void {
    if (end !== undefined) return;
    end = reached;
    port.close();
    onClose(reached);
  }

  port.addEventListener('message', (event: MessageEvent<unknown>) => {
    if (end === undefined) onFrame(typeof event.data === 'string' ? event.data : '');
  });
  // Electron's own: browsers do not tell when the other end of a port is gone.
  port.addEventListener('close', () => finish({ code: 1006, reason: 'the app closed the connection' }));
  port.start();

  return {
    send: (text) => {
      if (end === undefined) port.postMessage(text);
    },
    onFrame: (listener) => {
      onFrame = listener;
    },
    onClose: (listener) => {
      onClose = listener;
      if (end !== undefined) listener(end);
    },
    close: (code = 1000, reason = '') => finish({ code, reason }),
    bufferedAmount: 0,
  };
}
