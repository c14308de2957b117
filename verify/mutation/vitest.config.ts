import { defineConfig } from 'vitest/config';

const folder = process.env['DESKCLAW_MUTATION_FOLDER'] ?? '*';

/** Tests of other folders that exercise a folder and take milliseconds. */
const alsoRun: Readonly<Record<string, readonly string[]>> = {
  rpc: ['connection/{reconnect,resume,events,lifecycle}', 'dialect/{openclaw-codec,in-flight-again}'],
  dialect: ['rpc/*', 'connection/{login-plan,lifecycle,reconnect,events}'],
  supervisor: ['manager/{status,lifecycle-request,liveness,liveness-watch,prepare}'],
};

/**
 * Left out, as each mutant would wait for them: tests against the clock (fuzz, simulation), with real processes or a real network.
 * What they alone would notice counts as missed.
 */
const slow = [
  'connection/{browser,real-gateway,chaos}',
  'supervisor/{flood,real-process,host-death,builtin-gateway,simulation,reducer-properties}',
  'manager/{chat-catch-up,port-owner}',
  'rpc/fuzz',
];

export default defineConfig({
  test: {
    include: [`${folder}/**/*`, ...(alsoRun[folder] ?? [])].map((each) => `packages/core/test/${each}.test.ts`),
    exclude: ['**/node_modules/**', '**/*.long.test.ts', ...slow.map((each) => `packages/core/test/${each}.test.ts`)],
    testTimeout: 30_000,
    restoreMocks: true,
  },
});
