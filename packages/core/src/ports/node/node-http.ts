import { get } from 'node:http';
import type { Socket } from 'node:net';
import type { Http } from '../http.ts';
import { verifiedConnection } from './verified-connection.ts';

const MAX_BODY = 64 * 1024;

/** Returns the URL as one of `http`, which goes to the same port. */
function withPort(url: string): URL {
  const { protocol, host, port, pathname, search } = new URL(url);
  if (protocol !== 'https:') return new URL(url);
  return new URL(`http://${host}${port === '' ? ':443' : ''}${pathname}${search}`);
}

/** HTTP without keep-alive: each request has its own socket, which ends with it. */
export const nodeHttp: Http = {
  get: (url, timeoutMs, verifyPeer, certificate) =>
    new Promise((resolve) => {
      let unverified: Socket | undefined;
      const createConnection =
        verifyPeer &&
        verifiedConnection(verifyPeer, { tls: url.startsWith('https:'), certificate }, (socket) => {
          unverified = socket;
        });
      const connection = createConnection === undefined ? { agent: false } : { createConnection };
      const signal = AbortSignal.timeout(timeoutMs);
      // A request without a connection does not end by its signal.
      signal.addEventListener('abort', () => unverified?.destroy());
      // The connection is made above, encrypted or not.
      const plainUrl = createConnection === undefined ? url : withPort(url);
      const request = get(plainUrl, { ...connection, signal }, (response) => {
        let body = '';
        const finish = () => {
          resolve({ status: response.statusCode ?? 0, contentType: response.headers['content-type'] ?? '', body });
          response.destroy();
        };
        response.setEncoding('utf8');
        response.on('data', (chunk: string) => {
          body += chunk;
          if (body.length >= MAX_BODY) finish();
        });
        response.on('end', finish);
        response.on('error', (error) => resolve({ failure: error.message }));
      });
      request.on('error', (error) =>
        resolve({
          failure: signal.aborted ? `no answer within ${String(timeoutMs)} ms` : error.message,
        }),
      );
    }),
};
