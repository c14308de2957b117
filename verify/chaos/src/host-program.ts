/** A real host in a process of its own, to be killed. Says its pid once it can be reached. */

import { startHost } from '@deskclaw/host';
import { gatewayFile } from './gateway-command.ts';

const host = await startHost({
  profile: 'chaos',
  env: process.env,
  kind: 'background',
  version: '0.0.0',
  builtinGateway: { file: gatewayFile },
});
console.log(`ready ${String(process.pid)}`);
await host.closed;
