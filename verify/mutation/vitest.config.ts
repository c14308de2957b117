import { defineConfig } from 'vitest/config';

const folder = process.env['DESKCLAW_MUTATION_FOLDER'] ?? '*';

/** The tests of one folder of the core. Those of the simulation kill what the tables forget, and take too long for each mutant. */
export default defineConfig({
  test: {
    include: [`packages/core/test/${folder}/**/*.test.ts`],
    exclude: ['**/node_modules/**', '**/*simulation*', '**/*.long.test.ts'],
    testTimeout: 30_000,
    restoreMocks: true,
    pool: 'forks',
  },
});
