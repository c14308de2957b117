import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

const folder = process.env['DESKCLAW_MUTATION_FOLDER'] ?? '*';

const core = 'packages/core/test';
const simulation = 'verify/simulation/test';

/** Tests outside a folder's own that exercise it and take milliseconds. */
const alsoRun: Readonly<Record<string, readonly string[]>> = {
  rpc: [`${core}/connection/{reconnect,resume,events,lifecycle}`, `${core}/dialect/{openclaw-codec,in-flight-again}`],
  dialect: [`${core}/rpc/*`, `${core}/connection/{login-plan,lifecycle,reconnect,events}`],
  supervisor: [`${core}/manager/{status,lifecycle-request,liveness,liveness-watch,wait-for}`],
  connection: [`${simulation}/connection-simulation`],
  manager: [`${simulation}/manager-simulation`],
};

/**
 * Left out, as each mutant would wait for them: tests against the clock, with real processes or a real network.
 * What they alone would notice counts as missed.
 */
const slow = [
  'connection/{browser,real-gateway,chaos}',
  'supervisor/{flood,real-process,host-death,builtin-gateway}',
  'manager/{gateway-manager,drain,prepare,channel-status,chat-catch-up,port-owner}',
  'rpc/fuzz',
];

/** Returns the source of a module of core: the package resolves to its build, which has no mutants. */
function sourceOf(module: string): string {
  return fileURLToPath(new URL(`../../packages/core/src/${module}.ts`, import.meta.url));
}

/** Test files that take longer than the others together. */
const costly = /(?:simulation|properties|devices|reconnect|hostile|stored-device|supervisor)\.test\.ts$/;

/** Runs the cheap files first: the first failure ends the run of a mutant. */
class CheapFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => Number(costly.test(a.moduleId)) - Number(costly.test(b.moduleId)));
  }
}

export default defineConfig({
  resolve: {
    alias: [
      { find: /^@deskclaw\/core$/, replacement: sourceOf('index') },
      { find: /^@deskclaw\/core\/internal$/, replacement: sourceOf('internal') },
      { find: /^@deskclaw\/core\/testing$/, replacement: sourceOf('testing') },
    ],
  },
  test: {
    include: [`${core}/${folder}/**/*`, ...(alsoRun[folder] ?? [])].map((each) => `${each}.test.ts`),
    exclude: ['**/node_modules/**', '**/*.long.test.ts', ...slow.map((each) => `${core}/${each}.test.ts`)],
    setupFiles: [fileURLToPath(new URL('seed-properties.ts', import.meta.url))],
    // Few of the schedules: every mutant that survives waits for all of them.
    env: { SIM_RUNS: '30', SIM_SEEDS: folder === 'manager' ? '10' : '40', PROPERTY_RUNS: '100' },
    sequence: { sequencer: CheapFirst },
    // All of these take milliseconds: one that waits longer waits for what a mutant took away.
    testTimeout: 10_000,
    restoreMocks: true,
  },
});
