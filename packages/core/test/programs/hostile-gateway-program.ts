/** A JSON-RPC gateway whose every text tries to command a terminal, to reorder a line, or to pose as another row. */
import { createServer } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';

const hostile =
  'evil\u001b[31m\u001b]0;owned\u0007\u001b]52;c;aGk=\u001b\\\u001b]8;;http://x\u001b\\\u001b[2J\u009b2J\u202egnp\u2066\u2028x\nfake row';

/** With `at-length` as its second argument, the gateway refuses the first request with 16 MB of text. */
const refusesAtLength = process.argv[3] === 'at-length';

function isRequest(value: unknown): value is { readonly id?: unknown; readonly method: string } {
  return typeof value === 'object' && value !== null && 'method' in value;
}

function answer(socket: WebSocket, method: string): object {
  const notify = (name: string, params: object): void =>
    socket.send(JSON.stringify({ jsonrpc: '2.0', method: name, params }));
  switch (method) {
    case 'system.health':
      if (refusesAtLength)
        return { error: { code: -32_002, message: 'denied '.repeat(8_000_000 / 7), data: ['x'.repeat(8_000_000)] } };
      return { result: { ok: true, version: hostile } };
    case 'channels.list':
      return { result: { channels: [{ id: hostile, name: hostile, kind: hostile, status: 'error', error: hostile }] } };
    case 'chat.send':
      setImmediate(() => {
        const text = `${hostile}${'\u001b]'.repeat(300_000)}`;
        notify('chat.message_received', { runId: 'r', sessionKey: 'main', state: 'final', role: 'assistant', text });
      });
      return { result: { runId: 'r', status: 'started' } };
    case 'notify':
      notify(`ev\u202eent${hostile}`, { text: hostile });
      return { result: {} };
    case 'close':
      setImmediate(() => socket.close(4000, hostile.slice(0, 40)));
      return { result: {} };
    case 'flood':
      for (let line = 0; line < 200; line += 1) process.stdout.write(`${'\u001b]'.repeat(8_000)}\n`);
      return { result: {} };
    case 'refuse-at-length':
      return { error: { code: -32_050, message: 'no '.repeat(8_000_000 / 3), data: ['x'.repeat(8_000_000)] } };
    case 'refuse':
      return { error: { code: -32_050, message: hostile, data: { [hostile]: hostile } } };
    default:
      return { result: { [hostile]: hostile } };
  }
}

const server = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ ok: true, uptime: 1, version: hostile }));
});
new WebSocketServer({ server }).on('connection', (socket) => {
  socket.on('message', (data: Buffer) => {
    const frame: unknown = JSON.parse(data.toString());
    if (!isRequest(frame) || frame.id === undefined) return;
    socket.send(JSON.stringify({ jsonrpc: '2.0', id: frame.id, ...answer(socket, frame.method) }));
  });
});
server.listen(Number(process.argv[2]), '127.0.0.1', () => console.log(hostile));
