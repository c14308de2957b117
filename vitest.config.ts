import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { BUILD_VARIABLE, takeBuildUnderTest } from './scripts/setup/build-under-test.mjs';
import { includesLongTier, longTierPattern } from './scripts/setup/tiers.mjs';
import { members, root } from './scripts/setup/workspace.mjs';

/** Every member of the workspace and the tooling itself: one project each, named for its folder. */
const folders = [...members, 'scripts'].filter((folder) => existsSync(join(root, folder, 'test')));

/** Programs that a test forks take the SDK of the build under test by this. */
const forkedPrograms =
  process.env[BUILD_VARIABLE] === undefined
    ? {}
    : { NODE_OPTIONS: `--import ${join(root, 'scripts', 'setup', 'build-under-test.mjs')}` };

const leftOut = includesLongTier(process.argv, process.env) ? [] : [longTierPattern];

export default defineConfig({
  test: {
    reporters: ['default', './scripts/count-reporter.mjs'],
    globalSetup: ['./scripts/hold-default-port.mjs'],
    // Cached modules name the files that stood in for others.
    fsModuleCache: process.env[BUILD_VARIABLE] === undefined,
    pool: 'forks',
    // Many files wait for real processes and deadlines, so three keep two cores busy.
    maxWorkers: 3,
    projects: folders.map((folder) => ({
      plugins: [takeBuildUnderTest()],
      test: {
        env: forkedPrograms,
        name: folder === 'scripts' ? 'tooling' : basename(folder),
        root: join(root, folder),
        include: ['test/**/*.test.{ts,tsx}'],
        exclude: ['**/node_modules/**', '**/fixtures/**', ...leftOut],
        // A worker of its own for each file costs 0.3 s of processor time per file.
        isolate: false,
        testTimeout: 30_000,
        hookTimeout: 60_000,
        restoreMocks: true,
        typecheck: {
          enabled: existsSync(join(root, folder, 'test', 'types')),
          include: ['test/types/**/*.test-d.ts'],
          tsconfig: join(root, folder, 'test', 'tsconfig.json'),
        },
      },
    })),
  },
});
