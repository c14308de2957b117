/**
 * A stranger who was there before: told `take PORT [challenge]`, listens as a WebSocket server, and tells what it is sent and
 * how it is signalled. It says that it is an OpenClaw gateway, or nothing.
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
  server.listen(Number(port), '127.0.0.1', () => tell({ holds: Number(port) }));
});
tell({ ready: true });
