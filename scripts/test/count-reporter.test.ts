import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { runFixture } from './nested-vitest.ts';

const fixture = 'counted-run';

describe('the count reporter', () => {
  test('the last line counts a file that cannot be loaded and a stray error as failures', async () => {
    const { code, lines } = await runFixture(fixture, []);
    expect(code).not.toBe(0);
    expect(lines.at(-1)).toBe('2 passed, 3 failed, 2 skipped');
  });

  test('skipped tests are listed with their reasons before the last line', async () => {
    const { lines } = await runFixture(fixture, ['mixed']);
    const heading = lines.indexOf('Skipped:');
    expect(lines.slice(heading)).toEqual([
      'Skipped:',
      '  fixture: says why it is skipped: no network here',
      '  fixture: inner > does not say why it is skipped: no reason given',
      '',
      '1 passed, 1 failed, 2 skipped',
    ]);
  });

  test('tests left out by a name filter are counted, not listed', async () => {
    const { code, lines } = await runFixture(fixture, ['mixed', '-t', 'green']);
    expect(code).toBe(0);
    expect(lines).toContain('  3 tests left out by the name filter');
    expect(lines.at(-1)).toBe('1 passed, 0 failed, 3 skipped');
  });

  test('DESKCLAW_TEST_COUNTS receives the counts instead of the last line', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'deskclaw-counts-'));
    try {
      const file = join(folder, 'counts.json');
      const { lines } = await runFixture(fixture, ['mixed'], { DESKCLAW_TEST_COUNTS: file });
      expect(lines.at(-1)).not.toContain('passed');
      expect(JSON.parse(await readFile(file, 'utf8'))).toEqual({ passed: 1, failed: 1, skipped: 2 });
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
