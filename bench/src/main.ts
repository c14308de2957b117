/** `pnpm bench rpc|supervisor|cli [--rounds N]`: one interleaved run, ratios, and gates that decide the exit code. */
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
  rpc: async () => {
    const { compareRpc } = await import('./rpc/compare.ts');
    const { measureConnections } = await import('./rpc/connections.ts');
    return [...(await compareRpc(rounds)), ...(await measureConnections())];
  },
  cli: async () => (await import('./cli/start-up.ts')).measureStartUp(rounds),
  supervisor: async () => (await import('./supervisor/supervisor.ts')).measureSupervisor(rounds),
};

const wanted = positionals.length === 0 ? Object.keys(suites) : positionals;
let held = true;
for (const name of wanted) {
  const suite = suites[name];
  if (suite === undefined) {
    console.error(`There is no "${name}" to measure; choose of ${Object.keys(suites).join(', ')}.`);
    process.exit(2);
  }
  if (!judge(await suite())) held = false;
}
process.exit(held ? 0 : 1);
