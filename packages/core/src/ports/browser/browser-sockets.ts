import type { CloseInfo, SocketFactory } from '../sockets.ts';

const OPEN = 1;
/** A page may close with 1000 or 3000 to 4999 only. */
const isAllowedFromPages = (code: number) => code === 1000 || (code >= 3000 && code <= 4999);

/**
 * The platform's WebSocket. It has no ping, tells nothing of why an upgrade failed, and cannot bound a message before it has
 * come in: a larger one is dropped whole and ends the connection.
 */
export const browserSockets: SocketFactory = {
  refusesHeaders: true,
  open: (url, options, handlers) => {
    const socket = new WebSocket(url, [...(options.protocols ?? [])]);
    let over = false;
    const end = (reason: CloseInfo) => {
      if (over) return;
      over = true;
      handlers.closed(reason);
    };
    const abandon = (code: number, reason: string) => {
      socket.close(isAllowedFromPages(code) ? code : 1000, reason);
    };
    socket.binaryType = 'arraybuffer';
    socket.addEventListener('open', () => {
      if (!over) handlers.opened();
    });
    socket.addEventListener('message', (event: { readonly data: unknown }) => {
      if (over) return;
      const { data } = event;
      if (typeof data === 'string') {
        if (data.length <= options.maxPayload) return handlers.text(data);
        abandon(4009, 'message too large');
        return end({ code: 1009, reason: '', failure: { kind: 'too-large', message: 'a message was too large' } });
      }
      if (!(data instanceof ArrayBuffer)) return;
      if (data.byteLength <= options.maxPayload) return handlers.binary(data.byteLength, new Uint8Array(data));
      abandon(4009, 'message too large');
      end({ code: 1009, reason: '', failure: { kind: 'too-large', message: 'a message was too large' } });
    });
    socket.addEventListener('close', (event: { readonly code: number; readonly reason: string }) => {
      end({ code: event.code, reason: event.reason });
    });
    return {
      send: (text) => {
        if (socket.readyState === OPEN) socket.send(text);
      },
      get bufferedAmount() {
        return socket.bufferedAmount;
      },
      close: abandon,
      terminate: () => {
        abandon(1000, '');
        // The platform would wait for the peer's closing frame; nobody here does.
        queueMicrotask(() => end({ code: 1006, reason: '' }));
      },
    };
  },
};
