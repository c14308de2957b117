/**
 * Server that answers requests and misbehaves on demand: `drop` breaks the connection, `flood` sends events, `never` gets
 * no answer.
 */
import { WebSocketServer } from 'ws';

const note = JSON.stringify({ jsonrpc: '2.0', method: 'chat.message_received', params: { text: 'x'.repeat(100) } });

const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
server.on('connection', (socket) => {
  socket.on('message', (data) => {
    const { id, method, params } = JSON.parse(String(data));
    if (method === 'never') return;
    if (method === 'drop') socket.terminate();
    else if (method === 'flood') for (let sent = 0; sent < params.events; sent += 1) socket.send(note);
    else socket.send(JSON.stringify({ jsonrpc: '2.0', id, result: { ok: true } }));
  });
});
server.on('listening', () => {
  const address = server.address();
  if (typeof address === 'object' && address !== null) process.send?.({ port: address.port });
});
process.on('disconnect', () => process.exit());
