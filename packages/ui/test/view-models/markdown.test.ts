import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Block, inlines, parseMarkdown } from '../../src/view-models/markdown.ts';

function inShort(block: Block): unknown {
  const text = (pieces: ReturnType<typeof inlines>) => pieces.map((piece) => piece.text).join('');
  if (block.kind !== 'list') return [block.kind, text(block.inlines)];
  return [block.from ?? 'bullets', ...block.items.map(text)];
}

describe('parseMarkdown', () => {
  it.each<[string, unknown[]]>([
    [
      'one\ntwo\n\nthree',
      [
        ['paragraph', 'one\ntwo'],
        ['paragraph', 'three'],
      ],
    ],
    [
      '## Why\nbecause',
      [
        ['heading', 'Why'],
        ['paragraph', 'because'],
      ],
    ],
    [
      'Two:\n- a\n- b\n  more\nend',
      [
        ['paragraph', 'Two:'],
        ['bullets', 'a', 'b\nmore'],
        ['paragraph', 'end'],
      ],
    ],
    ['3. c\n4) d', [[3, 'c', 'd']]],
    [
      '- a\n1. b',
      [
        ['bullets', 'a'],
        [1, 'b'],
      ],
    ],
    ['#tag and -5 and 2.5', [['paragraph', '#tag and -5 and 2.5']]],
    ['', []],
  ])('the blocks of %j', (text, blocks) => {
    expect(parseMarkdown(text).map(inShort)).toEqual(blocks);
  });

  it.each([
    ['a `b` c', ['plain a ', 'code b', 'plain  c']],
    ['**a** *b*', ['strong a', 'plain  ', 'emphasis b']],
    ['2 * 3 * 4', ['plain 2 * 3 * 4']],
    ['a*b*c', ['plain a*b*c']],
    ['`**x**`', ['code **x**']],
    ['**open', ['plain **open']],
    ['<b>x</b>', ['plain <b>x</b>']],
  ])('inline marks of %j', (text, pieces) => {
    expect(inlines(text).map((piece) => `${piece.kind} ${piece.text}`)).toEqual(pieces);
  });

  it('parseMarkdown drops only marks and white space', () => {
    const letters = (text: string) => text.replaceAll(/[^a-z<]/gu, '');
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', 'b', '<', '\n', ' ', '*', '`', '#', '-', '1', '.') }),
        (text) => {
          expect(
            letters(
              parseMarkdown(text)
                .flatMap((block) => (block.kind === 'list' ? block.items.flat() : block.inlines))
                .map((piece) => piece.text)
                .join(''),
            ),
          ).toBe(letters(text));
        },
      ),
    );
  });

  it('parseMarkdown takes linear time', () => {
    for (const mark of ['*', '`', '**a', '# ', '- ', '1. ', '*a ']) {
      expect(parseMarkdown(mark.repeat(4_000)).length).toBeGreaterThan(0);
    }
  });
});
