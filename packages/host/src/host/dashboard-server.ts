import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Clock, FrameChannel } from '@deskclaw/core';
import { SESSION_REFUSED } from '@deskclaw/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { MAX_FRAME_LENGTH, pageChannel } from '../control/page-rules.ts';
import { serveLogin } from './dashboard-login.ts';
import type { DashboardSessions } from './dashboard-sessions.ts';
import { BoundedConnections, isOwnHost, LOOPBACK, listenOnLoopback, loopbackLimits } from './loopback-server.ts';
import { readWebFile } from './web-files.ts';
import { socketChannel } from './ws-channel.ts';

/** A frame of a page in UTF-8: three bytes a character at most. */
const MAX_PAYLOAD = 3 * MAX_FRAME_LENGTH;
/** What a page sends before it is logged in, with the head of the upgrade. */
const MAX_LOGIN_BYTES = 16 * 1024;
/** Connections without a session. A page needs six for a moment; any local program can open as many as it likes. */
const MAX_ANONYMOUS = 64;
const MAX_PAGES = 64;
const MAX_CONNECTIONS = 4 * (MAX_ANONYMOUS + MAX_PAGES);

const sessionEnded = 'This session was ended. Run "deskclaw ui" for a new link.';

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
  close(): Promise<void>;
  readonly port: number;
}

interface HttpRefusal {
  readonly status: 403 | 404 | 405 | 421;
  readonly text: string;
}
const notFound: HttpRefusal = { status: 404, text: 'There is nothing here.\n' };
const wrongOrigin: HttpRefusal = { status: 403, text: 'Pages of other origins may not use this.\n' };
const wrongMethod: HttpRefusal = { status: 405, text: 'Only GET.\n' };

function wrongHost(port: number): HttpRefusal {
  const number = String(port);
  return {
    status: 421,
    text: `The dashboard is served as 127.0.0.1 and localhost only, so that no foreign page can reach it under a name of its own.
On this machine: open http://127.0.0.1:${number}/
From another one: forward a port (ssh -L ${number}:127.0.0.1:${number} HOST), then open http://127.0.0.1:${number}/ there.
For another port number here: deskclaw ui --port N
`,
  };
}

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

function originOf(request: IncomingMessage): string {
  return `http://${request.headers.host ?? ''}`;
}

/** Ends a connection that sends much before it is logged in. Returns what to call once it is. */
function limitBytes(socket: Duplex): () => void {
  let bytes = 0;
  const count = (chunk: Buffer): void => {
    bytes += chunk.length;
    if (bytes > MAX_LOGIN_BYTES) socket.destroy();
  };
  socket.on('data', count);
  return () => socket.off('data', count);
}

/**
 * The dashboard in a browser: loopback only, `Host` and `Origin` checked, nothing inline, nothing foreign. The files are
 * the same for everybody; the control API is for pages that log in with a one-time link or a session.
 * @param port 0 chooses a free one.
 */
export async function startDashboardServer(options: {
  readonly port: number;
  readonly root: string;
  readonly clock: Clock;
  readonly sessions: DashboardSessions;
  readonly onChannel: (channel: FrameChannel) => void;
}): Promise<DashboardServer> {
  const { sessions, clock } = options;
  const server = createServer(loopbackLimits, (request, response) => {
    // The only way to fail is an address that is none.
    respond(request, response).catch(() => refuse(response, notFound));
  });
  server.maxConnections = MAX_CONNECTIONS;
  const port = await listenOnLoopback(server, options.port);
  const sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_PAYLOAD, perMessageDeflate: false });
  const anonymous = new BoundedConnections(MAX_ANONYMOUS);
  const pages = new Set<WebSocket>();
  server.on('connection', (socket) => anonymous.add(socket));

  async function respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isOwnHost(request)) return refuse(response, wrongHost(port));
    if (request.method !== 'GET' && request.method !== 'HEAD') return refuse(response, wrongMethod);
    const url = new URL(request.url ?? '/', `http://${LOOPBACK}`);
    const file = await readWebFile(options.root, url.pathname);
    if (file === undefined) return refuse(response, notFound);
    // The script of the page redeems the token: a HEAD, a preview or a text browser leaves the link usable.
    const token = url.searchParams.get('token');
    response.writeHead(token === null || sessions.isRedeemable(token) ? 200 : 401, {
      ...plainHeaders,
      'content-type': file.type,
      'content-length': file.body.length,
      'cache-control': file.immutable ? 'private, max-age=31536000, immutable' : 'no-store',
    });
    response.end(request.method === 'HEAD' ? undefined : file.body);
  }

  function addPage(page: WebSocket, channel: FrameChannel, sessionId: string): void {
    const [oldest] = pages;
    if (pages.size >= MAX_PAGES) oldest?.close(1013, 'too many pages are open');
    pages.add(page);
    const removePage = sessions.addPage(sessionId, () => page.close(SESSION_REFUSED, sessionEnded));
    page.once('close', () => {
      pages.delete(page);
      removePage();
    });
    options.onChannel(pageChannel(channel));
  }

  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy());
    if (!isOwnHost(request)) return refuseUpgrade(socket, wrongHost(port));
    if (request.headers.origin !== originOf(request)) return refuseUpgrade(socket, wrongOrigin);
    if (request.url !== '/control') return refuseUpgrade(socket, notFound);
    const stopCounting = limitBytes(socket);
    sockets.handleUpgrade(request, socket, head, (page) => {
      const channel = socketChannel(page);
      serveLogin(channel, {
        sessions,
        clock,
        place: { origin: originOf(request), port },
        onLogin: (sessionId) => {
          stopCounting();
          anonymous.release(socket);
          addPage(page, channel, sessionId);
        },
      });
    });
  });

  return {
    port,
    close: () =>
      new Promise((resolve) => {
        for (const client of sockets.clients) client.terminate();
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
