/**
 * `pnpm bench [NAME ...] [--rounds N]`: one interleaved run, ratios, and gates that decide the exit code. `rpc` runs all that
 * begin with it.
 */
import { parseArgs } from 'node:util';
import { judge } from './report.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { rounds: { type: 'string', default: '5' } },
});
const rounds = Number(values.rounds);
if (!Number.isInteger(rounds) || rounds < 1)
  throw new Error(`--rounds takes a whole number above 0, not "${values.rounds}"`);

const suites: Readonly<Record<string, () => Promise<Parameters<typeof judge>[0]>>> = {
  'rpc-load': async () => (await import('./rpc/compare.ts')).compareRpc(rounds),
  'rpc-lifecycle': async () => (await import('./rpc/lifecycles.ts')).measureLifecycles(rounds),
  'rpc-herd': async () => (await import('./rpc/herd.ts')).measureHerd(),
  cli: async () => (await import('./cli/start-up.ts')).measureStartUp(rounds),
  history: async () => (await import('./history/million.ts')).measureHistory(rounds),
  supervisor: async () => (await import('./supervisor/supervisor.ts')).measureSupervisor(rounds),
};

const isMeant = (suite: string, name: string) => suite === name || suite.startsWith(`${name}-`);
const unknown = positionals.find((name) => !Object.keys(suites).some((suite) => isMeant(suite, name)));
if (unknown !== undefined) {
  console.error(`There is no "${unknown}" to measure; choose of ${Object.keys(suites).join(', ')}.`);
  process.exit(2);
}
let held = true;
for (const [suite, measure] of Object.entries(suites)) {
  if (positionals.length > 0 && !positionals.some((name) => isMeant(suite, name))) continue;
  if (!judge(await measure())) held = false;
}
process.exit(held ? 0 : 1);
