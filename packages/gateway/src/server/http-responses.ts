import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Dialect } from '../options.ts';
import type { HealthStats } from '../services/health-stats.ts';

/** Answers plain HTTP: the health routes, and a JSON error for all else. */
export function respondHttp(
  request: IncomingMessage,
  response: ServerResponse,
  dialect: Dialect,
  healthStats: HealthStats,
): void {
  const path = pathOf(request);
  const body = healthBody(path, dialect, healthStats);
  if (body === undefined) {
    sendJson(response, 404, { error: { code: 'NOT_FOUND', message: `There is nothing at ${path}. Try GET /health.` } });
  } else if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    sendJson(response, 405, { error: { code: 'METHOD_NOT_ALLOWED', message: `${path} answers GET only.` } });
  } else {
    sendJson(response, 200, body);
  }
}

/** Returns the requested path, or a path without a route if it cannot be parsed. */
export function pathOf(request: IncomingMessage): string {
  return URL.parse(request.url ?? '/', 'http://gateway')?.pathname ?? '/unreadable';
}

function healthBody(path: string, dialect: Dialect, healthStats: HealthStats): object | undefined {
  if (path === '/health')
    return dialect === 'jsonrpc' ? healthStats.health() : { ...healthStats.health(), status: 'live' };
  if (dialect === 'jsonrpc') return undefined;
  switch (path) {
    case '/healthz':
      return { ok: true, status: 'live' };
    case '/ready':
    case '/readyz':
      return { ready: true, failing: [], uptimeMs: healthStats.uptime() };
    case '/startupz':
      return { ok: true, status: 'started', version: healthStats.health().version, uptimeMs: healthStats.uptime() };
    default:
      return undefined;
  }
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
  });
  response.end(response.req.method === 'HEAD' ? undefined : text);
}

const reasons = { 401: 'Unauthorized', 403: 'Forbidden', 404: 'Not Found', 503: 'Service Unavailable' } as const;

/** Answers an upgrade request with a plain HTTP refusal. */
export function refuseUpgrade(stream: Duplex, status: keyof typeof reasons, message: string): void {
  const text = JSON.stringify({ error: { code: reasons[status].toUpperCase().replace(' ', '_'), message } });
  stream.once('finish', () => stream.destroy());
  stream.end(
    `HTTP/1.1 ${status} ${reasons[status]}\r\ncontent-type: application/json; charset=utf-8\r\n` +
      `content-length: ${Buffer.byteLength(text)}\r\nconnection: close\r\n\r\n${text}`,
  );
}
