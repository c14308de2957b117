/**
 * A JSON-RPC server as other people write them: its WebSocket is at /rpc, it wants a header, knows no `system.health`, and tells
 * on stdout what it is sent. Arguments: port, and the value that `authorization` must have.
 */
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const [port = '0', authorization = ''] = process.argv.slice(2);
const http = createServer((_, response) => response.writeHead(404).end());
const server = new WebSocketServer({ noServer: true });

http.on('upgrade', (request, socket, head) => {
  const status = request.url === '/rpc' ? (request.headers.authorization === authorization ? 101 : 401) : 404;
  if (status !== 101) {
    socket.end(`HTTP/1.1 ${String(status)} No\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`);
    return;
  }
  server.handleUpgrade(request, socket, head, (client) => server.emit('connection', client, request));
});

server.on('connection', (client) => {
  console.log(`opened ${client.protocol}`);
  client.on('close', (code) => console.log(`closed ${String(code)}`));
  client.on('message', (data) => {
    const { id, method, params } = JSON.parse(String(data)) as { id?: unknown; method?: string; params?: unknown };
    console.log(`got ${String(method)}`);
    if (method === 'crash') process.exit(3);
    if (method === 'emit') for (const frame of params as unknown[]) client.send(JSON.stringify(frame));
    if (id === undefined) return;
    if (method === 'echo' || method === 'initialize') client.send(JSON.stringify({ id, result: params, error: null }));
    else client.send(JSON.stringify({ jsonrpc: '2.0', id, error: { code: -32601, message: 'Unknown' } }));
  });
});

process.on('SIGTERM', () => {
  http.close();
  for (const client of server.clients) if (client.readyState === client.OPEN) client.terminate();
  // What the last clients said is still to be told.
  setTimeout(() => process.exit(0), 50);
});
http.listen(Number(port), '127.0.0.1');
