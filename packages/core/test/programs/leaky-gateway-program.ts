/** A JSON-RPC gateway that prints every secret it meets: `leaky-gateway-program.ts PORT LINES-FILE [crash]`. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { WebSocketServer } from 'ws';

const [, , port, linesFile = '', mode] = process.argv;
const say = (text: string): void => console.error(text);

for (const line of readFileSync(linesFile, 'utf8').split('\n')) say(line);
for (const [name, value] of Object.entries(process.env)) say(`env ${name} is ${String(value)}`);
say(`argv ${process.argv.slice(4).join(' ')}`);
if (mode === 'crash') {
  say(`cannot start: ${String(process.env['MODEL_KEY'])} was refused`);
  process.exit(1);
}

const server = createServer((request, response) => {
  say(`http ${String(request.url)} ${JSON.stringify(request.headers)}`);
  response.setHeader('content-type', 'application/json');
  response.end('{"ok":true}');
});
new WebSocketServer({ server }).on('connection', (socket, request) => {
  say(`ws ${String(request.url)} ${JSON.stringify(request.headers)}`);
  let token = '';
  socket.on('message', (data: Buffer) => {
    say(`rpc ${data.toString()}`);
    const { id, method, params } = JSON.parse(data.toString()) as {
      readonly id?: unknown;
      readonly method: string;
      readonly params?: { readonly token?: string };
    };
    token = params?.token ?? token;
    const reply = (body: object): void => socket.send(JSON.stringify({ jsonrpc: '2.0', id, ...body }));
    switch (method) {
      case 'refuse':
        reply({ error: { code: -32_050, message: `not with ${token}`, data: { token } } });
        break;
      case 'notify':
        socket.send(JSON.stringify({ jsonrpc: '2.0', method: 'echo', params: { text: `you have ${token}` } }));
        reply({ result: {} });
        break;
      case 'close':
        reply({ result: {} });
        socket.close(4_000, `bye ${token}`);
        break;
      default:
        reply({ result: { ok: true, version: '1' } });
    }
  });
});
server.listen(Number(port), '127.0.0.1');
