import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import type { Duplex } from 'node:stream';
import type { Clock, FrameChannel } from '@deskclaw/core';
import { WebSocketServer } from 'ws';
import { DashboardSessions } from './dashboard-sessions.ts';
import { socketChannel } from './ws-channel.ts';

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.json': 'application/json',
  '.map': 'application/json',
};

interface WebFile {
  readonly type: string;
  readonly body: Buffer;
  /** Hashed names never change their content. */
  readonly immutable: boolean;
}

/** Returns a file below `root`; `undefined` for anything else, whatever the path tries. */
async function readWebFile(root: string, urlPath: string): Promise<WebFile | undefined> {
  let decoded: string;
  try {
    decoded = decodeURIComponent(urlPath);
  } catch {
    return undefined;
  }
  if (decoded.includes('\0')) return undefined;
  const path = normalize(join(root, decoded === '/' ? 'index.html' : decoded));
  if (!path.startsWith(root.endsWith(sep) ? root : root + sep)) return undefined;
  const type = contentTypes[extname(path)];
  if (type === undefined) return undefined;
  const body = await readFile(path).catch(() => undefined);
  return body === undefined ? undefined : { type, body, immutable: decoded.startsWith('/assets/') };
}

/** Replies of the gateway pass through here, and OpenClaw's largest frame is 25 MiB. */
const MAX_PAYLOAD = 64 * 1024 * 1024;
const LOOPBACK = '127.0.0.1';
const CONTENT_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const plainHeaders = {
  'content-security-policy': CONTENT_POLICY,
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

export interface DashboardServer {
  readonly port: number;
  /** An address that opens the dashboard once, within two minutes. */
  createLink(): string;
  close(): Promise<void>;
}

interface HttpRefusal {
  readonly status: 401 | 403 | 404 | 405 | 421;
  readonly text: string;
}
const noSession: HttpRefusal = {
  status: 401,
  text: 'This link was used already or is too old. Run "deskclaw ui" for a new one.\n',
};
const wrongHost: HttpRefusal = { status: 421, text: 'This address is not served here.\n' };
const notFound: HttpRefusal = { status: 404, text: 'There is nothing here.\n' };
const wrongOrigin: HttpRefusal = { status: 403, text: 'Pages of other origins may not use this.\n' };

function refuse(response: ServerResponse, refusal: HttpRefusal): void {
  response.writeHead(refusal.status, {
    ...plainHeaders,
    'content-type': 'text/plain; charset=utf-8',
    'cache-control': 'no-store',
  });
  response.end(refusal.text);
}

function refuseUpgrade(socket: Duplex, refusal: HttpRefusal): void {
  socket.end(
    `HTTP/1.1 ${String(refusal.status)} Refused\r\nConnection: close\r\nContent-Type: text/plain\r\n\r\n${refusal.text}`,
  );
}

/** A name that resolves here but is not ours is how DNS rebinding gets in. */
function isOwnHost(request: IncomingMessage, port: number): boolean {
  return [LOOPBACK, 'localhost'].some((name) => request.headers.host === `${name}:${String(port)}`);
}

function isOwnOrigin(request: IncomingMessage): boolean {
  return request.headers.origin === `http://${request.headers.host ?? ''}`;
}

/**
 * The dashboard in a browser: loopback only, entered by a one-time link, `Host` and `Origin` checked, nothing inline, nothing foreign.
 * @param port 0 chooses a free one.
 */
export async function startDashboardServer(options: {
  readonly port: number;
  readonly root: string;
  readonly clock: Clock;
  readonly onChannel: (channel: FrameChannel) => void;
}): Promise<DashboardServer> {
  const server = createServer((request, response) => {
    // The only way to fail is an address that is none.
    respond(request, response).catch(() => refuse(response, notFound));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, LOOPBACK, resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  const sessions = new DashboardSessions(options.clock, port);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_PAYLOAD, perMessageDeflate: false });

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isOwnHost(request, port)) return refuse(response, wrongHost);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return refuse(response, { status: 405, text: 'Only GET.\n' });
    const url = new URL(request.url ?? '/', `http://${LOOPBACK}`);
    const token = url.searchParams.get('token');
    if (token !== null) {
      const cookie = sessions.redeem(token);
      if (cookie === undefined) return refuse(response, noSession);
      // The token leaves the address bar and the history at once.
      response
        .writeHead(303, { ...plainHeaders, location: '/', 'set-cookie': cookie, 'cache-control': 'no-store' })
        .end();
      return;
    }
    if (!sessions.isKnown(request.headers.cookie)) return refuse(response, noSession);
    const file = await readWebFile(options.root, url.pathname);
    if (file === undefined) return refuse(response, notFound);
    response.writeHead(200, {
      ...plainHeaders,
      'content-type': file.type,
      'content-length': file.body.length,
      'cache-control': file.immutable ? 'private, max-age=31536000, immutable' : 'no-store',
    });
    response.end(request.method === 'HEAD' ? undefined : file.body);
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (!isOwnHost(request, port)) return refuseUpgrade(socket, wrongHost);
    if (!isOwnOrigin(request)) return refuseUpgrade(socket, wrongOrigin);
    if (!sessions.isKnown(request.headers.cookie)) return refuseUpgrade(socket, noSession);
    if (request.url !== '/control') return refuseUpgrade(socket, notFound);
    sockets.handleUpgrade(request, socket, head, (client) => options.onChannel(socketChannel(client)));
  });

  return {
    port,
    createLink: () => `http://${LOOPBACK}:${String(port)}/?token=${sessions.issueToken()}`,
    close: () =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.terminate();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
