import fc from 'fast-check';
import { expect, it } from 'vitest';
import { layTable, textWidth, wrapWords } from '../../src/output/layout.ts';
import { createStyle } from '../../src/output/style.ts';

it('wraps at spaces and keeps indentation', () => {
  expect(wrapWords('Its last output:\n  one two three four', 12)).toEqual([
    'Its last',
    'output:',
    '  one two',
    '  three four',
  ]);
});

it('loses no word and breaks no line that fits', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1 }),
      fc.integer({ min: 12, max: 80 }),
      (words, columns) => {
        const lines = wrapWords(words.join(' '), columns);
        expect(lines.join(' ').split(' ')).toEqual(words);
        for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(columns);
      },
    ),
  );
});

it('aligns columns by what is seen, not by escape codes', () => {
  const rows = [
    [{ text: 'a', tone: 'bad' }, 'x'],
    [{ text: 'long', tone: 'good' }, 'y'],
  ] as const;
  const seen = (colour: boolean): readonly string[] => layTable(rows, createStyle({ colour, unicode: true }));
  expect(seen(false)).toEqual(['a     x', 'long  y']);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape codes are what is taken away.
  expect(seen(true).map((line) => line.replaceAll(/\u001b\[\d+m/g, ''))).toEqual(seen(false));
});
