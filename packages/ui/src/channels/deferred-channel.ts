import type { ChannelCloseInfo, FrameChannel } from '@deskclaw/core/client';

/** A channel that opens later: frames sent before are queued, and closing it cancels the wait. */
export function deferredChannel(coming: Promise<FrameChannel>): FrameChannel {
  let channel: FrameChannel | undefined;
  let waiting: string[] = [];
  let onFrame: (text: string) => void = () => undefined;
  let onClose: (end: ChannelCloseInfo) => void = () => undefined;
  let end: ChannelCloseInfo | undefined;

  function finish(reached: ChannelCloseInfo): void {
    if (end !== undefined) return;
    end = reached;
    waiting = [];
    onClose(reached);
  }

  void coming.then((come) => {
    if (end !== undefined) return come.close(end.code, end.reason);
    channel = come;
    come.onFrame((text) => onFrame(text));
    come.onClose(finish);
    for (const text of waiting) come.send(text);
    waiting = [];
  });

  return {
    send: (text) => {
      if (end !== undefined) return;
      if (channel === undefined) waiting.push(text);
      else channel.send(text);
    },
    onFrame: (listener) => {
      onFrame = listener;
    },
    onClose: (listener) => {
      onClose = listener;
      if (end !== undefined) listener(end);
    },
    close: (code = 1000, reason = '') => {
      if (channel === undefined) finish({ code, reason });
      else channel.close(code, reason);
    },
    get bufferedAmount() {
      return channel?.bufferedAmount ?? 0;
    },
  };
}
