import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createServer as createTcpServer, type Socket as TcpSocket } from 'node:net';
import { onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';

function portOf(server: { address(): AddressInfo | string | null }): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not on a port');
  return address.port;
}

/** A real WebSocket server on a free port, or on a Unix socket. */
export async function startServer(
  accept: (socket: WebSocket, headers: Readonly<Record<string, unknown>>) => void,
  path?: string,
): Promise<string> {
  const http = createServer();
  const server = new WebSocketServer({ server: http, perMessageDeflate: true });
  server.on('connection', (socket, request) => accept(socket, request.headers));
  await listen(http, path);
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
    http.closeAllConnections();
    http.close();
  });
  return path === undefined ? `ws://127.0.0.1:${String(portOf(http))}/` : `ws+unix://${path}:/`;
}

function listen(server: Server, path: string | undefined): Promise<void> {
  return new Promise((resolve) => {
    if (path === undefined) server.listen(0, '127.0.0.1', resolve);
    else server.listen(path, resolve);
  });
}

/** A web server that is no gateway. */
export async function startHttp(answer: (response: ServerResponse) => void): Promise<string> {
  const http = createServer((_, response) => answer(response));
  await listen(http, undefined);
  onTestFinished(() => {
    http.closeAllConnections();
    http.close();
  });
  return `ws://127.0.0.1:${String(portOf(http))}/`;
}

/** Starts a TCP server that passes each connection to `accept`. */
export async function startTcp(accept: (socket: TcpSocket) => void): Promise<string> {
  const open = new Set<TcpSocket>();
  const server = createTcpServer((socket) => {
    open.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => open.delete(socket));
    accept(socket);
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return `ws://127.0.0.1:${String(portOf(server))}/`;
}

/** A port where nobody listens: taken, looked at, and given back. */
export async function freePort(): Promise<number> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const port = portOf(server);
  await new Promise<void>((resolve) => void server.close(() => resolve()));
  return port;
}
