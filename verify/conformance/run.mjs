/**
 * `npm run conformance [-- --versions A,B,C]`: sets up what is missing and checks real OpenClaw gateways, the newest by default.
 * `--servers`: checks JSON-RPC servers that other people wrote instead.
 */
import { parseArgs } from 'node:util';
import { bootstrap } from '../../scripts/bootstrap.mjs';
import { run } from '../../scripts/setup/run.mjs';
import { ALL_TIERS_VARIABLE } from '../../scripts/setup/tiers.mjs';

const { values, positionals } = parseArgs({
  options: { versions: { type: 'string', default: 'C' }, servers: { type: 'boolean', default: false } },
  allowPositionals: true,
});

await bootstrap();
const files = values.servers ? ['servers.long'] : ['--exclude', '**/servers.long.test.ts'];
process.exitCode = await run('vitest', ['run', '--project', 'conformance', ...files, ...positionals], {
  env: { DESKCLAW_CONFORMANCE_VERSIONS: values.versions, [ALL_TIERS_VARIABLE]: '1' },
});
