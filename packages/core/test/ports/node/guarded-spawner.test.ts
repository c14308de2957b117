import { describe, expect, it } from 'vitest';
import { guardedSpawner } from '../../../src/ports/node/guarded-spawner.ts';
import { nodeSpawner } from '../../../src/ports/node/node-spawner.ts';

/** Spawns a program that ends by itself, under a guard of that shell. Resolves with what was reported until its end. */
function reportsUntilEnd(shell: string | undefined): Promise<readonly string[]> {
  const reported: string[] = [];
  const spawner = guardedSpawner(nodeSpawner, {
    unguarded: (text) => reported.push(text),
    ...(shell === undefined ? {} : { shell }),
  });
  return new Promise((resolve, reject) => {
    spawner.spawn(
      { file: process.execPath, args: ['-e', ''], cwd: '/', env: {}, lifeline: false },
      {
        spawned: () => undefined,
        output: () => undefined,
        exited: () => resolve(reported),
        drained: () => undefined,
        failed: ({ message }) => reject(new Error(message)),
      },
    );
  });
}

describe.skipIf(process.platform === 'win32')('the guard of an embedded gateway', () => {
  it('a guard that cannot be started is reported, with the process and the reason', async () => {
    expect(await reportsUntilEnd('/no/such/shell')).toEqual([
      expect.stringMatching(/^The gateway \(pid \d+\) outlives this program .+ENOENT\)\.$/),
    ]);
  });

  it('a guard that starts tells nothing', async () => {
    expect(await reportsUntilEnd(undefined)).toEqual([]);
  });
});
