/** The host that goes on with another's gateway in hand-over.test.ts: `successor-host.ts GATEWAY_FILE`. */
import { startHost } from '../../src/host/host.ts';

const host = await startHost({
  profile: 'test',
  env: process.env,
  kind: 'background',
  version: '9.9.9',
  builtinGateway: { file: process.argv[2] ?? '' },
  inheritsPipes: process.argv[3] === 'inherits',
});
console.log('ready');
await host.closed;
