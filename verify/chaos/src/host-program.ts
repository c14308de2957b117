/**
 * A real host in a process of its own, to be killed. Says its pid once it can be reached. A line `clock N` on standard input sets its
 * wall clock by N ms, as an administrator or NTP does: the monotonic clock goes on as it was.
 */
import { createInterface } from 'node:readline';
import { startHost } from '@deskclaw/host';
import { gatewayFile } from './gateway-command.ts';

const systemTime = Date.now;
let aheadMs = 0;
Date.now = () => systemTime() + aheadMs;
createInterface({ input: process.stdin }).on('line', (line) => {
  aheadMs += Number(line.replace('clock ', ''));
  console.log(`clock ${String(aheadMs)}`);
});

const host = await startHost({
  profile: 'chaos',
  env: process.env,
  kind: 'background',
  version: '0.0.0',
  builtinGateway: { file: gatewayFile },
});
console.log(`ready ${String(process.pid)}`);
await host.closed;
process.stdin.destroy();
