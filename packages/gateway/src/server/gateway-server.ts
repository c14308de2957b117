import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import { StartProblem } from '../errors.ts';
import type { FaultHooks } from '../faults/fault-hooks.ts';
import type { Dialect } from '../options.ts';
import type { Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { HealthStats } from '../services/health-stats.ts';
import { isOriginAllowed, type TokenCheck } from './access.ts';
import { ClientSocket } from './client-socket.ts';
import { pathOf, refuseUpgrade, respondHttp } from './http-responses.ts';
import type { Announcement, FrameSocket, Session, ShutdownReason } from './session.ts';

// Importing node:http as a module reads its lazy properties and so loads undici: 20 of 48 ms of boot, measured on Node 24.
const http = process.getBuiltinModule('node:http');

/** Time for the closing handshake before sockets are cut. */
const CLOSE_GRACE_MS = 100;

export interface GatewayServerPorts {
  readonly host: string;
  readonly port: number;
  readonly dialect: Dialect;
  readonly maxPayload: number;
  readonly token: TokenCheck;
  readonly healthStats: HealthStats;
  readonly faults: FaultHooks;
  readonly clock: Clock;
  readonly log: Log;
  readonly createSession: (socket: FrameSocket, authenticated: boolean) => Session;
  readonly nextConnectionId: () => string;
}

/** Listens on one port for HTTP and WebSocket and owns the accepted sockets. */
export class GatewayServer {
  readonly #ports: GatewayServerPorts;
  readonly #server: Server;
  readonly #webSockets: WebSocketServer;
  readonly #sockets = new Map<ClientSocket, Session>();
  /** All TCP connections; the HTTP server forgets those that were upgraded. */
  readonly #streams = new Set<Duplex>();
  #closing = false;

  private constructor(ports: GatewayServerPorts) {
    this.#ports = ports;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      perMessageDeflate: false,
      maxPayload: ports.maxPayload,
      autoPong: ports.faults.answersPings,
    });
    this.#server = http.createServer((request, response) => {
      if (ports.faults.interceptsHttp(request, response)) return;
      respondHttp(request, response, ports.dialect, ports.healthStats);
    });
    this.#server.on('connection', (stream) => {
      this.#streams.add(stream);
      stream.once('close', () => this.#streams.delete(stream));
      // The kernel accepted this connection before the server stopped listening.
      if (this.#closing) stream.destroy();
    });
    this.#server.on('upgrade', (request, stream, head) => this.#upgrade(request, stream, head));
    this.#server.on('clientError', (_fault, stream) => stream.destroy());
  }

  /** Rejects with a `StartProblem` when the port cannot be had. */
  static async open(ports: GatewayServerPorts): Promise<GatewayServer> {
    const server = new GatewayServer(ports);
    await server.#listen();
    return server;
  }

  get port(): number {
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : this.#ports.port;
  }

  get connections(): number {
    return this.#sockets.size;
  }

  announce(announcement: Announcement): void {
    for (const session of this.#sockets.values()) session.announce(announcement);
  }

  /** Sends the shutdown notice on every socket and frees the port. */
  async close(reason: ShutdownReason): Promise<void> {
    this.#closing = true;
    const { promise: closed, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    for (const [socket, session] of this.#sockets) {
      const notice = session.shutdownNotice(reason);
      socket.close(notice.code, notice.reason);
    }
    this.#server.closeIdleConnections();
    const cancelForcedClose = this.#ports.clock.schedule(CLOSE_GRACE_MS, () => {
      for (const stream of this.#streams) stream.destroy();
    });
    await Promise.all([closed, ...[...this.#sockets.keys()].map((socket) => socket.closed)]);
    cancelForcedClose();
  }

  async #listen(): Promise<void> {
    const { host, port } = this.#ports;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#server.once('error', (fault) => reject(listenProblem(host, port, fault)));
    this.#server.listen({ host, port }, resolve);
    await promise;
    this.#server.on('error', (fault) => this.#ports.log.error(`the listening socket failed: ${fault.message}`));
  }

  #upgrade(request: IncomingMessage, stream: Duplex, head: Buffer): void {
    const { dialect, faults, token } = this.#ports;
    // Without a listener an early reset of the peer would end the process.
    stream.on('error', () => stream.destroy());
    if (faults.interceptsUpgrade()) return;
    if (this.#closing) {
      refuseUpgrade(stream, 503, 'This gateway is going away.');
      return;
    }
    const path = pathOf(request);
    if (dialect === 'jsonrpc' && path !== '/ws') {
      refuseUpgrade(stream, 404, `There is no WebSocket at ${path}. Use /ws.`);
      return;
    }
    if (!isOriginAllowed(request.headers.origin)) {
      refuseUpgrade(stream, 403, 'Pages of this origin may not talk to this gateway.');
      return;
    }
    const bearer = bearerOf(request);
    if (bearer !== undefined && token.required && !token.accepts(bearer)) {
      refuseUpgrade(stream, 401, 'The token is not the one of this gateway.');
      return;
    }
    this.#webSockets.handleUpgrade(request, stream, head, (webSocket) =>
      this.#accept(webSocket, stream, bearer !== undefined),
    );
  }

  #accept(webSocket: WebSocket, stream: Duplex, authenticated: boolean): void {
    const { faults, log, nextConnectionId, createSession, clock } = this.#ports;
    const socket = new ClientSocket(webSocket, stream, nextConnectionId(), { faults, log, clock });
    const session = createSession(socket, authenticated);
    this.#sockets.set(socket, session);
    log.info(`connection ${socket.id} opened`);
    socket.start(session);
    void socket.closed.then(() => {
      this.#sockets.delete(socket);
      session.closed();
      log.info(`connection ${socket.id} closed`);
    });
    faults.connectionOpened(socket, session);
  }
}

function bearerOf(request: IncomingMessage): string | undefined {
  return /^Bearer +(.+)$/i.exec(request.headers.authorization ?? '')?.[1];
}

function listenProblem(host: string, port: number, fault: Error): StartProblem {
  const code = 'code' in fault ? String(fault.code) : 'unknown';
  const where = `${host}:${port}`;
  switch (code) {
    case 'EADDRINUSE':
      return new StartProblem(
        `cannot listen on ${where}: port ${port} is taken by another program (EADDRINUSE). Stop that program, or choose another --port.`,
        1,
      );
    case 'EACCES':
      return new StartProblem(`cannot listen on ${where}: not allowed (EACCES). Choose a --port above 1023.`, 78);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new StartProblem(
        `cannot listen on ${where}: this machine has no address "${host}" (${code}). Give another --host.`,
        78,
      );
    default:
      return new StartProblem(`cannot listen on ${where}: ${fault.message}`, 1);
  }
}
