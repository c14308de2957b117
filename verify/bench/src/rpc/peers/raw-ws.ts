/** The floor: text out, text in, in order, without matching or parsing. */
import { WebSocket } from 'ws';
import type { Connect } from '../peer.ts';

export const connect: Connect = async (url) => {
  const socket = new WebSocket(url, { perMessageDeflate: false });
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const waiting: ((value: unknown) => void)[] = [];
  let head = 0;
  socket.on('message', (data) => {
    const resolve = waiting[head];
    head += 1;
    if (head > 4_096) {
      waiting.splice(0, head);
      head = 0;
    }
    resolve?.(data);
  });
  return {
    call: (params) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'echo', params }));
      }),
    close: () => socket.terminate(),
  };
};
