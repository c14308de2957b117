import { describe, expect, test } from 'vitest';
import { findFaults, wordList } from '../language/check-words.mjs';

const quote = "'";

describe('check of names and prose', () => {
  test('reports nothing for standard terms', () => {
    const text = [
      '/** Returns the delay before the next attempt, in milliseconds. */',
      'export function retryDelay(attempt: number): number {',
      '  // A server may ask for more; see `Whoever` in its notes.',
      '  return attempt * 2;',
      '}',
      `test(${quote}a second start joins the first${quote}, () => undefined);`,
    ].join('\n');
    expect(findFaults('packages/core/src/connection/backoff.ts', text)).toEqual([]);
  });

  test.each([
    ['a function name', 'export function heedIntent() {}', 'heedIntent'],
    ['a constant in upper case', 'const MAX_UNDERTAKINGS = 5;', 'MAX_UNDERTAKINGS'],
    ['a private field', 'class Host { #chronicle = 1; }', '#chronicle'],
    ['a property of a type', 'interface Options { readonly startPatience: number }', 'startPatience'],
    ['a name that only sentences may use', 'const told = new Set();', 'told'],
    ['a line comment', 'const a = 1; // Starts anew.', 'anew'],
    ['a docstring', '/** Retries until whoever holds the lock ends. */\nconst a = 1;', 'whoever'],
    ['a test title', `test(${quote}a start during a standstill joins${quote}, () => undefined);`, 'standstill'],
    ['the title of a table', `test.each([1])(${quote}a quitter with %s ends${quote}, () => undefined);`, 'quitter'],
  ])('reports a private word in %s', (_, text, word) => {
    const faults = findFaults('packages/core/src/a.ts', text);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(word);
  });

  test('names the line and the standard term', () => {
    expect(findFaults('a.ts', 'const a = 1;\nconst heed = 2;')).toEqual([
      'a.ts:2 the name heed has "heed"; say "handle"',
    ]);
  });

  test.each(Object.keys(wordList.storedNames))('accepts the name %s, a key on disk', (name) => {
    expect(findFaults('a.ts', `const { ${name} } = record;`)).toEqual([]);
    expect(findFaults('a.ts', `const { ${name}s } = record;`)).toHaveLength(1);
  });

  test('reports a private word in a file name', () => {
    expect(findFaults('packages/host/src/host/chronicle.ts', '')).toHaveLength(1);
  });

  test('reports a private word in a page of the documentation, but not in its code', () => {
    expect(findFaults('docs/a.md', 'The supervisor starts anew.\n\n```ts\nconst anew = 1;\n```\n`anew`')).toHaveLength(
      1,
    );
  });

  test.each(wordList.titleStarts)('reports a test title that starts with "%s"', (start) => {
    const text = `test(${quote}${start} one gateway and another${quote}, () => undefined);`;
    expect(findFaults('a.test.ts', text)).toHaveLength(1);
  });

  test('reports a test title of two words', () => {
    expect(findFaults('a.test.ts', `test(${quote}is refused${quote}, () => undefined);`)).toHaveLength(1);
  });

  test.each(wordList.docstringStarts)('reports a docstring that starts with "%s"', (start) => {
    const faults = findFaults('a.ts', `/** ${start} ends the process. */\nconst a = 1;`);
    expect(faults.some((fault) => fault.includes('the docstring starts with'))).toBe(true);
  });

  test('does not take part of a longer word for the word', () => {
    expect(findFaults('a.ts', '/** Items that were recommended. */\nconst recommended = 1;')).toEqual([]);
  });

  test('replaces no word by another that is listed', () => {
    const terms = Object.values(wordList.everywhere).flatMap((term) => term.split(' '));
    expect(terms.filter((term) => Object.hasOwn(wordList.everywhere, term))).toEqual([]);
  });
});
