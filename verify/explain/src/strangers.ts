import { once } from 'node:events';
import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, type Scene } from './scene.ts';

/** Programs that are not the gateway, on ports of this machine. They live in this process. */
function portOf(server: Server): number {
  return (server.address() as AddressInfo).port;
}

async function open(scene: Scene, server: Server, port: number, host: string): Promise<number> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
  });
  server.listen(port, host);
  await once(server, 'listening');
  scene.afterwards(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return portOf(server);
}

/** Listens, and never says a word. @returns its port. */
export function silentListener(scene: Scene, port = 0, host = '127.0.0.1'): Promise<number> {
  return open(scene, createServer(), port, host);
}

/** Answers every request, upgrades too. @returns its port. */
export function httpServer(scene: Scene, answer: RequestListener, port = 0): Promise<number> {
  const server = createHttpServer(answer);
  server.on('upgrade', (request, socket) => {
    // An upgrade is a request like any other to a server that knows no WebSocket.
    const body = '<html>hello</html>';
    socket.end(`HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: ${String(body.length)}\r\n\r\n${body}`);
    request.resume();
  });
  return open(scene, server, port, '127.0.0.1');
}

/** Refuses every request and upgrade with the status. @returns its port. */
export function refusingServer(scene: Scene, status: number, text: string, port = 0): Promise<number> {
  const server = createHttpServer((_request, response) => {
    response.writeHead(status, text);
    response.end();
  });
  server.on('upgrade', (_request, socket) => {
    socket.end(`HTTP/1.1 ${String(status)} ${text}\r\ncontent-length: 0\r\n\r\n`);
  });
  return open(scene, server, port, '127.0.0.1');
}

/** What a person does who is told that the address is wrong: names the one of a gateway that runs. */
export async function attachToLiving(scene: Scene): Promise<void> {
  const port = await freePort();
  scene.launch(`gw --port ${String(port)}`);
  await listening(port);
  scene.writeSettings({ mode: 'attach', url: `ws://127.0.0.1:${String(port)}/ws` });
}

/** Resolves when something listens there. */
export async function listening(port: number, host = '127.0.0.1'): Promise<void> {
  const until = performance.now() + 30_000;
  for (;;) {
    const socket = connect(port, host);
    try {
      await once(socket, 'connect');
      return;
    } catch {
      if (performance.now() > until) throw new Error(`nothing listens on ${host}:${String(port)}`);
      await delay(20);
    } finally {
      socket.destroy();
    }
  }
}
