import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../setup/workspace.mjs';

const read = (path: string) => readFileSync(join(root, path), 'utf8');

/** Titles of the tests of a file, also of those with rows. */
function titlesOf(source: string): string[] {
  return [...source.matchAll(/^ {2}(?:test|it)(?:\.each\(.*?\))?\(\s*'((?:[^'\\]|\\.)*)'/gms)].map(
    ([, title = '']) => title,
  );
}

const rows = [...read('docs/seed-compatibility.md').matchAll(/^\| .* \| ([^|]*) \|$/gm)].map(([, test = '']) => test);
const own = titlesOf(read('packages/core/test/manager/original-manager.test.ts'));
const others = titlesOf(read('packages/core/test/manager/other-servers.test.ts'));

test('every row of the migration table names a test that exists', () => {
  const named = rows.filter((row) => row !== 'test' && !/^-+$/.test(row));
  expect(named.length).toBeGreaterThan(20);
  expect(named.filter((title) => !own.includes(title) && !others.includes(title))).toEqual([]);
});

test('every test of the original manager is a row of the migration table, or says more about one', () => {
  const extra = ['a step of a streamed reply is one chat:message, not two'];
  expect(own.filter((title) => !rows.includes(title))).toEqual(extra);
});
