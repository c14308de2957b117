/** The honest floor: as `raw-ws`, with the two things any client can do. Writes of a tick leave together, and masks are zero. */
import type { Socket } from 'node:net';
import { WebSocket } from 'ws';
import type { Connect } from '../peer.ts';

export const connect: Connect = async (url) => {
  const socket = new WebSocket(url, { perMessageDeflate: false, generateMask: (mask) => mask.fill(0) });
  const opened = new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const stream = await new Promise<Socket>((resolve) => socket.once('upgrade', (response) => resolve(response.socket)));
  await opened;
  const waiting: ((value: unknown) => void)[] = [];
  let head = 0;
  let writes = 0;
  socket.on('message', (data) => {
    const resolve = waiting[head];
    head += 1;
    if (head > 4_096) {
      waiting.splice(0, head);
      head = 0;
    }
    resolve?.(data);
  });
  const flush = () => {
    writes = 0;
    stream.uncork();
  };
  return {
    call: (params) =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (writes === 0) {
          stream.cork();
          process.nextTick(flush);
        }
        writes += 1;
        if (writes % 64 === 0) {
          stream.uncork();
          stream.cork();
        }
        socket.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'echo', params }));
      }),
    close: () => socket.terminate(),
  };
};
