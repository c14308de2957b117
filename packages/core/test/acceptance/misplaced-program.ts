/** A program in the place of a gateway. Arguments: what it does, and the port that it was told. */
import { createServer } from 'node:http';
import { createServer as createTcpServer } from 'node:net';

const [what = '', portText = ''] = process.argv.slice(2);
const port = Number(portText);

const programs: Readonly<Record<string, () => void>> = {
  'other-family': () => void createTcpServer().listen({ host: '::1', port, ipv6Only: true }),
  'other-port': () => {
    createTcpServer().listen({ host: '127.0.0.1', port: 0 });
    process.stdout.write('config: port comes from GATEWAY_PORT\n');
  },
  silent: () => undefined,
  prompt: () => process.stdout.write('Choose a model [1-3]: '),
  loading: () => process.stdout.write('loading the index of 12 documents\n'),
  'web-page': () =>
    void createServer((_request, response) => {
      response.setHeader('content-type', 'text/html; charset=utf-8').end('<h1>Hello</h1>');
    })
      .on('upgrade', (_request, socket) =>
        socket.end('HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: 2\r\n\r\nhi'),
      )
      .listen(port, '127.0.0.1'),
  redirect: () =>
    void createServer()
      .on('upgrade', (_request, socket) =>
        socket.end('HTTP/1.1 302 Found\r\nLocation: /gateway/ws\r\nContent-Length: 0\r\n\r\n'),
      )
      .listen(port, '127.0.0.1'),
  unanswered: () =>
    void createServer()
      .on('upgrade', () => undefined)
      .listen(port, '127.0.0.1'),
};

programs[what]?.();
setInterval(() => undefined, 60_000);
