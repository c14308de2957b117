/**
 * `npm run conformance [-- --versions A,B,C]`: sets up what is missing and checks real OpenClaw gateways, the newest by default.
 * `--servers`: checks JSON-RPC servers that other people wrote instead.
 * `--contracts`: only what OpenClaw's contracts name, and writes docs/openclaw-contracts.md.
 */
import { parseArgs } from 'node:util';
import { bootstrap } from '../../scripts/bootstrap.mjs';
import { run } from '../../scripts/setup/run.mjs';
import { ALL_TIERS_VARIABLE } from '../../scripts/setup/tiers.mjs';

const { values, positionals } = parseArgs({
  options: {
    versions: { type: 'string', default: 'C' },
    servers: { type: 'boolean', default: false },
    contracts: { type: 'boolean', default: false },
  },
  allowPositionals: true,
});

await bootstrap();
const others = ['--exclude', '**/servers.long.test.ts'];
const files = values.servers ? ['servers.long'] : values.contracts ? ['openclaw.long'] : others;
process.exitCode = await run('vitest', ['run', '--project', 'conformance', ...files, ...positionals], {
  env: {
    DESKCLAW_CONFORMANCE_VERSIONS: values.versions,
    [ALL_TIERS_VARIABLE]: '1',
    ...(values.contracts ? { DESKCLAW_CONFORMANCE_CONTRACTS: '1' } : {}),
  },
});
