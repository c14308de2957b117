import type { Cancel, Clock } from '../ports/clock.ts';
import type { SocketEnd, SocketFactory } from '../ports/sockets.ts';
import type { ChannelEnd, FrameChannel } from '../rpc/channel.ts';

/** Both ways. Replies of the gateway pass through here, and OpenClaw's largest frame is 25 MiB. */
export const CONTROL_MAX_PAYLOAD = 64 * 1024 * 1024;

export type Dialled =
  | { readonly kind: 'open'; readonly channel: FrameChannel }
  | { readonly kind: 'failed'; readonly end: SocketEnd }
  | { readonly kind: 'silent' };

/** Opens a socket once and makes a channel of it: no handshake and no second try, as the host is on this machine. */
export function dialChannel(
  url: string,
  limits: { readonly maxPayload: number; readonly timeoutMs: number },
  ports: { readonly sockets: SocketFactory; readonly clock: Clock },
): Promise<Dialled> {
  return new Promise((resolve) => {
    let end: ChannelEnd | undefined;
    let onFrame: (text: string) => void = () => undefined;
    let onClose: (end: ChannelEnd) => void = () => undefined;
    let cancel: Cancel = () => undefined;
    const socket = ports.sockets.open(
      url,
      { maxPayload: limits.maxPayload },
      {
        opened: () => {
          cancel();
          resolve({ kind: 'open', channel });
        },
        text: (text) => onFrame(text),
        binary: () => socket.close(1003, 'text frames only'),
        beat: () => undefined,
        ended: (ended) => {
          cancel();
          end = ended;
          resolve({ kind: 'failed', end: ended });
          onClose(ended);
        },
      },
    );
    cancel = ports.clock.schedule(
      limits.timeoutMs,
      () => {
        resolve({ kind: 'silent' });
        socket.terminate();
      },
      { keepAlive: true },
    );
    const channel: FrameChannel = {
      send: (text) => socket.send(text),
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
  });
}
