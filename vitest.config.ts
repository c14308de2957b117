import { existsSync, readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { defineConfig } from 'vitest/config';

const root = import.meta.dirname;

/** Every package, app and the tooling itself: one project each, named for its folder. */
const folders = ['packages', 'apps']
  .flatMap((parent) => readdirSync(join(root, parent)).map((name) => join(parent, name)))
  .concat('scripts')
  .filter((folder) => existsSync(join(root, folder, 'test')));

export default defineConfig({
  test: {
    reporters: ['default', './scripts/count-reporter.mjs'],
    pool: 'forks',
    // Tests start real gateways: more at once than cores makes them slow, not the run fast.
    maxWorkers: 2,
    projects: folders.map((folder) => ({
      test: {
        name: folder === 'scripts' ? 'tooling' : basename(folder),
        root: join(root, folder),
        include: ['test/**/*.test.{ts,tsx}'],
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
