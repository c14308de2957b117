/** `pnpm conformance [--versions A,B,C]`: sets up what is missing and checks real OpenClaw gateways, the newest by default. */
import { parseArgs } from 'node:util';
import { bootstrap } from '../../scripts/bootstrap.mjs';
import { run } from '../../scripts/setup/run.mjs';
import { ALL_TIERS_VARIABLE } from '../../scripts/setup/tiers.mjs';

const { values, positionals } = parseArgs({
  options: { versions: { type: 'string', default: 'C' } },
  allowPositionals: true,
});

await bootstrap();
process.exitCode = await run('vitest', ['run', '--project', 'conformance', ...positionals], {
  env: { DESKCLAW_CONFORMANCE_VERSIONS: values.versions, [ALL_TIERS_VARIABLE]: '1' },
});
