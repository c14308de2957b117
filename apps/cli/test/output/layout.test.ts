import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { layTable, textWidth, wrapWords } from '../../src/output/layout.ts';
import { createStyle } from '../../src/output/style.ts';
import { written } from '../support/written.ts';

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
  const plain = layTable(rows, createStyle({ colour: false, unicode: true }));
  expect(plain).toEqual(['a     x', 'long  y']);
  const painted = written((out) => out.writeLines(layTable(rows, out.style)));
  expect(painted).toContain('\u001b[31m');
  expect(stripVTControlCharacters(painted)).toBe('a     x\nlong  y\n');
});
