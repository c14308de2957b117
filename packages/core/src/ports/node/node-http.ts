import { get } from 'node:http';
import type { Http } from '../http.ts';

const MAX_BODY = 64 * 1024;

/** HTTP without keep-alive: each request has its own socket, which ends with it. */
export const nodeHttp: Http = {
  get: (url, timeoutMs) =>
    new Promise((resolve) => {
      const request = get(url, { agent: false, signal: AbortSignal.timeout(timeoutMs) }, (response) => {
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
          failure: error.name === 'TimeoutError' ? `no answer within ${String(timeoutMs)} ms` : error.message,
        }),
      );
    }),
};
