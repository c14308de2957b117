/**
 * Foreign process that is older than the gateway. On the message `take PORT [challenge]` it listens as a WebSocket
 * server and
 * reports connections, received frames and signals. With `challenge` it greets like an OpenClaw gateway, otherwise it sends nothing.
 */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const tell = (what: Readonly<Record<string, unknown>>) => process.send?.(what);
for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) process.on(signal, () => tell({ signalled: signal }));
process.on('disconnect', () => process.exit());

const challenge = { type: 'event', event: 'connect.challenge', payload: { nonce: 'n', ts: 1 } };

process.on('message', (order) => {
  const [, port, challenges] = String(order).split(' ');
  const server = createServer((request, response) => {
    tell({ heard: `${String(request.url)} ${JSON.stringify(request.headers)}` });
    response.end();
  });
  new WebSocketServer({ server }).on('connection', (socket, request) => {
    tell({ heard: `${String(request.url)} ${JSON.stringify(request.headers)}` });
    socket.on('message', (data) => tell({ heard: data.toString() }));
    if (challenges !== undefined) socket.send(JSON.stringify(challenge));
  });
  server.on('connection', () => tell({ connected: true }));
  server.listen(Number(port), '127.0.0.1', () => tell({ holds: Number(port) }));
});
tell({ ready: true });
