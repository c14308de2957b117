import type { IncomingMessage, Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export const LOOPBACK = '127.0.0.1';

/** Of every HTTP server of a host: any local program can connect to it and send what it likes, as slowly as it likes. */
export const loopbackLimits = {
  headersTimeout: 5_000,
  requestTimeout: 10_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 1_000,
  maxHeaderSize: 8 * 1024,
} as const;

/** Resolves with the port, once the server listens on loopback. @param port 0 chooses a free one */
export async function listenOnLoopback(server: Server, port: number): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, LOOPBACK, resolve);
  });
  // One that fails later, for want of descriptors, takes connections again when there is room.
  server.on('error', () => undefined);
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : port;
}

/**
 * A name that resolves here but is not ours is how DNS rebinding gets in. With these two names the number of the port is
 * free, as a tunnel may have another one: no page of somebody else can have them for its own, and `Origin` is compared
 * with the whole of `Host`, so a page on another port of this machine is still refused.
 */
export function isOwnHost(request: IncomingMessage): boolean {
  return /^(127\.0\.0\.1|localhost)(:\d{1,5})?$/.test(request.headers.host ?? '');
}

/** Bounds the connections that have no session: a new one beyond the limit ends the oldest, which had its time. */
export class BoundedConnections {
  readonly #sockets = new Set<Duplex>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  add(socket: Socket): void {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    const [oldest] = this.#sockets;
    if (this.#sockets.size <= this.#most || oldest === undefined) return;
    // Its own event comes later, after more connections.
    this.#sockets.delete(oldest);
    oldest.destroy();
  }

  /** The connection has a session now. */
  release(socket: Duplex): void {
    this.#sockets.delete(socket);
  }
}
