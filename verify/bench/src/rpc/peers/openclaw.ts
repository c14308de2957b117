import { randomUUID } from 'node:crypto';
import { GatewayProtocolClient } from '@openclaw/gateway-client/browser';
import { WebSocket } from 'ws';
import type { Connect } from '../peer.ts';

export const connect: Connect = (url) =>
  new Promise((resolve) => {
    const client = new GatewayProtocolClient({
      createSocket: (handlers) => {
        const socket = new WebSocket(`${url}openclaw`, { perMessageDeflate: false });
        socket.on('open', handlers.open);
        socket.on('message', (data) => handlers.message(String(data)));
        socket.on('close', (code, reason) => handlers.close(code, String(reason)));
        socket.on('error', handlers.error);
        return {
          isOpen: () => socket.readyState === WebSocket.OPEN,
          send: (data) => socket.send(data),
          close: (code, reason) => socket.close(code, reason),
        };
      },
      createRequestId: () => randomUUID(),
      buildConnectPlan: () => ({}),
      buildConnectParams: () => ({}),
      onHello: () => resolve({ call: (params) => client.request('echo', params), close: () => client.stop() }),
      resolveClose: () => ({ retry: false, notify: true }),
      handshake: { mode: 'require-challenge', timeoutMs: 5_000 },
      reconnect: { initialMs: 1_000, multiplier: 2, maxMs: 30_000 },
    });
    client.start();
  });
