/**
 * A stranger: takes a port as soon as it can, answers nothing that a gateway would, and tells of every signal that
 * somebody sends. `port untilEndOfStdin`: arguments are the port; it ends when its standard input does.
 */
import { createServer } from 'node:net';

const port = Number(process.argv[2]);
const RETRY_MS = 1;

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGCONT'] as const) {
  process.on(signal, () => console.log(`signalled ${signal}`));
}
process.stdin.on('end', () => process.exit(0)).resume();

function take(): void {
  const server = createServer((socket) => socket.on('error', () => undefined).end('220 not a gateway\r\n'));
  server.once('error', () => setTimeout(take, RETRY_MS));
  server.listen(port, '127.0.0.1', () => console.log('holding'));
}
console.log('trying');
take();
