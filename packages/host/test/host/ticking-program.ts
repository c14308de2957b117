/** The built-in gateway's program, which also prints a number every few ms: `ticking-program.ts GATEWAY_FILE ARGS...` */
import { pathToFileURL } from 'node:url';

const [, self = '', gateway = '', ...args] = process.argv;
let count = 0;
setInterval(() => {
  count += 1;
  process.stdout.write(`tick ${String(count)}\n`);
  process.stderr.write(`tock ${String(count)}\n`);
}, 5);
process.argv = [process.execPath, self, ...args];
await import(pathToFileURL(gateway).href);
