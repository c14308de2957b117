import { createServer } from 'node:net';

/**
 * @param {number} port
 * @returns {Promise<boolean>} whether a gateway could listen there now
 */
export function isFree(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => server.close(() => resolve(true)));
  });
}
