/** The same minimal server for all: answers each request with its own parameters. A process of its own. */
import { WebSocketServer } from 'ws';

const hello = {
  type: 'hello-ok',
  protocol: 4,
  server: { version: '0', connId: 'c' },
  features: { methods: ['echo'], events: [] },
  snapshot: { presence: [], health: {}, stateVersion: { presence: 0, health: 0 }, uptimeMs: 0 },
  policy: { maxPayload: 1 << 24, maxBufferedBytes: 1 << 24, tickIntervalMs: 30_000 },
};

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket, request) => {
  if (request.url === '/openclaw') {
    socket.send(JSON.stringify({ type: 'event', event: 'connect.challenge', payload: { nonce: 'n', ts: 1 } }));
    socket.on('message', (data) => {
      const { id, method, params } = JSON.parse(String(data));
      socket.send(JSON.stringify({ type: 'res', id, ok: true, payload: method === 'connect' ? hello : params }));
    });
    return;
  }
  socket.on('message', (data) => {
    const { id, params } = JSON.parse(String(data));
    socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: params ?? { ok: true, uptime: 0, version: '0' } }));
  });
});
server.on('listening', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port });
});
process.on('disconnect', () => process.exit());
