import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { describe, expect, test } from 'vitest';

const fixture = join(import.meta.dirname, 'fixtures', 'counted-run');
const vitest = join(import.meta.dirname, '..', '..', 'node_modules', 'vitest', 'vitest.mjs');

interface Run {
  readonly code: number | null;
  readonly lines: readonly string[];
}

/** A real run of the suites of the fixture, as another vitest in its own process. */
async function runSuites(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Run> {
  // What this vitest tells its own children is not meant for that one.
  const { VITEST: _, DESKCLAW_TEST_COUNTS: __, ...inherited } = process.env;
  const child = spawn(process.execPath, [vitest, 'run', '--root', fixture, ...args], {
    env: { ...inherited, NO_COLOR: '1', ...env },
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [output] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await ended, lines: output.trimEnd().split('\n') };
}

describe('a run', () => {
  test('ends with its counts: a file that cannot be loaded and a stray error are failures too', async () => {
    const { code, lines } = await runSuites([]);
    expect(code).not.toBe(0);
    expect(lines.at(-1)).toBe('2 passed, 3 failed, 2 skipped');
  });

  test('names what was skipped, and why, before that', async () => {
    const { lines } = await runSuites(['mixed']);
    const heading = lines.indexOf('Skipped:');
    expect(lines.slice(heading)).toEqual([
      'Skipped:',
      '  fixture: says why it is skipped: no network here',
      '  fixture: inner > does not say why it is skipped: no reason given',
      '',
      '1 passed, 1 failed, 2 skipped',
    ]);
  });

  test('does not list what a name filter left out', async () => {
    const { code, lines } = await runSuites(['mixed', '-t', 'green']);
    expect(code).toBe(0);
    expect(lines).toContain('  3 tests left out by the name filter');
    expect(lines.at(-1)).toBe('1 passed, 0 failed, 3 skipped');
  });

  test('hands its counts to whoever wants to say them last', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deskclaw-counts-'));
    try {
      const file = join(folder, 'counts.json');
      const { lines } = await runSuites(['mixed'], { DESKCLAW_TEST_COUNTS: file });
      expect(lines.at(-1)).not.toContain('passed');
      expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ passed: 1, failed: 1, skipped: 2 });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
