import { describe, expect, it } from 'vitest';
import { guardedSpawner } from '../../../src/ports/node/guarded-spawner.ts';
import { nodeSpawner } from '../../../src/ports/node/node-spawner.ts';

/** Spawns a program that ends by itself, under a guard of that shell. Resolves with what was told until its end. */
function toldUntilEnd(shell: string | undefined): Promise<readonly string[]> {
  const told: string[] = [];
  const spawner = guardedSpawner(nodeSpawner, {
    unguarded: (text) => told.push(text),
    ...(shell === undefined ? {} : { shell }),
  });
  return new Promise((resolve, reject) => {
    spawner.spawn(
      { file: process.execPath, args: ['-e', ''], cwd: '/', env: {}, lifeline: false },
      {
        spawned: () => undefined,
        output: () => undefined,
        exited: () => resolve(told),
        drained: () => undefined,
        failed: ({ message }) => reject(new Error(message)),
      },
    );
  });
}

describe.skipIf(process.platform === 'win32')('the guard of an embedded gateway', () => {
  it('a guard that cannot be started is told, with the process and the reason', async () => {
    expect(await toldUntilEnd('/no/such/shell')).toEqual([
      expect.stringMatching(/^The gateway \(pid \d+\) outlives this program .+ENOENT\)\.$/),
    ]);
  });

  it('a guard that starts tells nothing', async () => {
    expect(await toldUntilEnd(undefined)).toEqual([]);
  });
});
