import { describe, expect, test } from 'vitest';
import { findDeadLinks, findMissingFiles, findUnknownRows, rowsOf } from '../language/check-pages.mjs';

describe('check of the pages', () => {
  test('reads the rows of a table and nothing else', () => {
    expect([...rowsOf('| P1 | a |\n| row | b |\n| X12 | c |\nP2 in a sentence')]).toEqual(['P1', 'X12']);
  });

  test('reports a link that leads nowhere, relative to its page', () => {
    const page = '[a](glossary.md) [b](missing.md#part) [c](https://example.org/x) [d](#here) [e](../README.md)';
    const exists = (target: string) => ['docs/glossary.md', 'README.md'].includes(target);
    expect(findDeadLinks('docs/a.md', page, exists)).toEqual(['docs/a.md: the link to missing.md leads nowhere']);
  });

  test('reports a named source file that does not exist, in its short form and in full', () => {
    const page = '`core/rpc/{peer,gone}.ts` `scripts/gone.mjs` `cli/main.ts` `other/gone.ts` `call.ts`';
    const exists = (path: string) => ['packages/core/src/rpc/peer.ts', 'apps/cli/src/main.ts'].includes(path);
    expect(findMissingFiles('docs/a.md', page, exists)).toEqual([
      'docs/a.md names packages/core/src/rpc/gone.ts, which is not there',
      'docs/a.md names scripts/gone.mjs, which is not there',
    ]);
  });

  test.each([
    "test('stop during start ends stopped (P99)', () => {});",
    "test('P99: stop during start ends stopped', () => {});",
    '// P99 and P1: both hold.',
    ' * P99, P1: both hold.',
  ])('reports a cited row that is not on the page: %s', (line) => {
    expect(findUnknownRows('a.test.ts', line, new Set(['P1']))).toEqual([
      'a.test.ts:1 cites P99, which docs/behaviour.md has not',
    ]);
  });

  test('accepts rows of the page and words that only look like rows', () => {
    expect(findUnknownRows('a.test.ts', "test('(P1) holds for X99 machines', () => {});", new Set(['P1']))).toEqual([]);
  });
});
