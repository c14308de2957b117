/** @type {import('@stryker-mutator/api/core').PartialStrykerOptions} */
export default {
  testRunner: 'vitest',
  vitest: { configFile: 'verify/mutation/vitest.config.ts', related: false, pool: 'threads' },
  plugins: [
    '@stryker-mutator/vitest-runner',
    './sample-checker.mjs',
    './survivor-reporter.mjs',
    './unreachable-default.mjs',
  ].map((name) => import.meta.resolve(name)),
  checkers: ['sample'],
  ignorers: ['unreachable-default'],
  mutate: [`packages/core/src/${process.env['DESKCLAW_MUTATION_FOLDER']}/**/*.ts`],
  coverageAnalysis: 'perTest',
  concurrency: Number(process.env['DESKCLAW_MUTATION_JOBS'] ?? '2'),
  timeoutMS: 20_000,
  // Types are checked by `npm run check`; a mutant need not have any.
  disableTypeChecks: true,
  reporters: ['progress-append-only', 'survivors', 'json'],
  jsonReporter: { fileName: process.env['DESKCLAW_MUTATION_REPORT'] },
  tempDirName: 'node_modules/.cache/stryker',
  // Not read by any test here, and replaced by every build.
  ignorePatterns: ['docs', 'apps/*/dist', '**/.cache'],
};
