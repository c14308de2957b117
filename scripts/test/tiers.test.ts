import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { ALL_TIERS_VARIABLE, longTierFiles, parseTestArguments } from '../setup/tiers.mjs';
import { members, root } from '../setup/workspace.mjs';
import { runFixture } from './nested-vitest.ts';

const fixture = 'tiered-run';

/** The line that tells of the files left out, or `undefined`. */
function leftOutLine(lines: readonly string[]): string | undefined {
  return lines.find((line) => line.includes('left out'));
}

describe('the short tier', () => {
  test('a run without --all leaves the long tier out and says how many files and which command', async () => {
    const { code, lines } = await runFixture(fixture, []);
    expect(code).toBe(0);
    expect(lines.slice(-3)).toEqual([
      '2 test files of the long tier were left out, because they take minutes or install a real OpenClaw. "npm test -- --all" runs them too.',
      '',
      '2 passed, 0 failed, 0 skipped',
    ]);
  });

  test('a path limits the files that are reported as left out', async () => {
    const { lines } = await runFixture(fixture, ['test/nested']);
    expect(leftOutLine(lines)).toMatch(/^1 test file of the long tier was left out/);
    expect(lines.at(-1)).toBe('1 passed, 0 failed, 0 skipped');
  });

  test('a path without files of the long tier leaves nothing out', async () => {
    const { lines } = await runFixture(fixture, ['quick']);
    expect(leftOutLine(lines)).toBeUndefined();
    expect(lines.at(-1)).toBe('1 passed, 0 failed, 0 skipped');
  });
});

describe('the long tier', () => {
  test('a run with --all includes it and reports nothing as left out', async () => {
    const { lines } = await runFixture(fixture, [], { [ALL_TIERS_VARIABLE]: '1' });
    expect(leftOutLine(lines)).toBeUndefined();
    expect(lines.at(-1)).toBe('4 passed, 0 failed, 0 skipped');
  });

  test('a run that names one of its files runs that file without --all', async () => {
    const { lines } = await runFixture(fixture, ['test/slow.long.test.ts']);
    expect(leftOutLine(lines)).toBeUndefined();
    expect(lines.at(-1)).toBe('1 passed, 0 failed, 0 skipped');
  });

  test('a file of the long tier is found in its project, and fixtures are no files of it', () => {
    const project = join(import.meta.dirname, 'fixtures', fixture);
    expect(longTierFiles(project)).toEqual([
      join(project, 'test', 'nested', 'slower.long.test.ts'),
      join(project, 'test', 'slow.long.test.ts'),
    ]);
    expect(longTierFiles(join(project, 'test'))).toEqual([]);
    expect(longTierFiles(join(root, 'scripts'))).toEqual(
      ['new-user-session', 'packages'].map((name) => join(root, `scripts/test/${name}.long.test.ts`)),
    );
  });

  test('the workspace has a long tier', () => {
    expect(members.flatMap((folder) => longTierFiles(join(root, folder))).length).toBeGreaterThan(0);
  });
});

describe('arguments of npm test', () => {
  test('--all is taken wherever it stands and everything else goes to vitest', () => {
    expect(parseTestArguments(['packages/core', '--all', '-t', 'restart'])).toEqual({
      all: true,
      rest: ['packages/core', '-t', 'restart'],
    });
  });

  test('arguments without --all select the short tier', () => {
    expect(parseTestArguments(['packages/core/test/rpc'])).toEqual({ all: false, rest: ['packages/core/test/rpc'] });
  });
});
