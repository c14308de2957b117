/** The naive client: an id, a Map, a promise. No timeout, no limit, no reconnect. */
import { WebSocket } from 'ws';
import type { Connect } from '../peer.ts';

export const connect: Connect = async (url) => {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const pending = new Map<number, (value: unknown) => void>();
  let next = 0;
  socket.on('message', (data) => {
    const reply = JSON.parse(String(data));
    pending.get(reply.id)?.(reply.result);
    pending.delete(reply.id);
  });
  return {
    call: (params) =>
      new Promise((resolve) => {
        next += 1;
        pending.set(next, resolve);
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: next, method: 'echo', params }));
      }),
    close: () => socket.terminate(),
  };
};
