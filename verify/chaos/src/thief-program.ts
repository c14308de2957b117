/**
 * A foreign process: listens on a port as soon as it is free, answers nothing, and prints every signal that it
 * receives and the number of bytes. The last argument is the port; the process ends with its standard input.
 */
import { createServer } from 'node:net';

const port = Number(process.argv.at(-1));
const RETRY_MS = 1;

for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGCONT'] as const) {
  process.on(signal, () => console.log(`signalled ${signal}`));
}
process.stdin.on('end', () => process.exit(0)).resume();

function take(): void {
  const server = createServer((socket) => {
    socket.on('data', (bytes) => console.log(`heard ${String(bytes.length)}`)).on('error', () => undefined);
    socket.end('220 not a gateway\r\n');
  });
  server.once('error', () => setTimeout(take, RETRY_MS));
  server.listen(port, '127.0.0.1', () => console.log('holding'));
}
console.log('trying');
take();
