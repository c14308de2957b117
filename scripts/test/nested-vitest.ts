import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

const vitest = join(import.meta.dirname, '..', '..', 'node_modules', 'vitest', 'vitest.mjs');

export interface NestedRun {
  readonly code: number | null;
  readonly lines: readonly string[];
}

/** Runs the suites of `fixtures/NAME` with another vitest, in a process of its own. */
export async function runFixture(
  name: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<NestedRun> {
  // The settings of the outer run must not reach the nested one.
  const { VITEST: _, DESKCLAW_TEST_COUNTS: __, DESKCLAW_TEST_ALL: ___, ...inherited } = process.env;
  const root = join(import.meta.dirname, 'fixtures', name);
  const child = spawn(process.execPath, [vitest, 'run', '--root', root, ...args], {
    env: { ...inherited, NO_COLOR: '1', ...env },
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [output] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, lines: output.trimEnd().split('\n') };
}
