import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanData, cleanLine, cleanText, cutData, cutText, escapeJson, replaceUnsafe } from '../src/clean-text.ts';

/** What must not reach a terminal or a screen. */
const forbidden =
  /(?![\t\n])[\p{Cc}\p{Zl}\p{Zp}]|[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;

const hostilePieces = fc.constantFrom(
  ...[
    '\u001b',
    '\u001b[',
    '\u001b]',
    '\u001bP',
    '\u001b_',
    '\u001b\\',
    '\u009b',
    '\u009c',
    '\u009d',
    '\u0090',
    '\u0007',
  ],
  ...[
    '[',
    ']',
    '\\',
    'm',
    '0;',
    '31',
    ' ',
    '(',
    '8;;http://x',
    '\n',
    '\r',
    '\r\n',
    '\t',
    'a',
    'é',
    '日',
    '👩',
    '💻',
    '\u{e0041}',
  ],
  ...[
    '\u200d',
    '\u200c',
    '\u200b',
    '\u202e',
    '\u2066',
    '\u061c',
    '\u2028',
    '\u0085',
    '\u00ad',
    '\ufeff',
    '\ud83d',
    '\udc69',
    '\udb40',
  ],
);
const hostileText = fc.oneof(
  fc.array(hostilePieces, { maxLength: 40 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

/** A text that counts how often its code units are read. */
class CountedText {
  reads = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  get length(): number {
    return this.#text.length;
  }

  charCodeAt(index: number): number {
    this.reads += 1;
    return this.#text.charCodeAt(index);
  }

  slice(from: number, to: number): string {
    return this.#text.slice(from, to);
  }
}

describe('T8: cleaned text', () => {
  test.each([
    ['plain text,\ttabbed\nand broken', 'plain text,\ttabbed\nand broken'],
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u009b31mred', 'red'],
    ['\u001b[38;5;1', ''],
    ['\u001b]0;owned\u0007title', 'title'],
    ['\u001b]52;c;aGk=\u001b\\clipboard', 'clipboard'],
    ['\u009d8;;https://example.org\u009clink\u009d8;;\u009c', 'link'],
    ['\u001b]0;no end', '0;no end'],
    ['\u001b]0;no end\nnext', '0;no end\nnext'],
    ['\u001bPdevice\u001b\\\u001b_program\u001b\\\u001b^private\u001b\\\u001bXstart\u001b\\rest', 'rest'],
    ['\u001b(Bcharset\u001b7saved\u001bc', 'charsetsaved'],
    ['over\rwritten\u0008', 'overwritten'],
    ['one\r\ntwo\u0085three\u2028four\u2029five', 'one\ntwo\nthree\nfour\nfive'],
    ['half \u001b', 'half '],
    ['half \ud83d', 'half \ufffd'],
    ['user\u202egnp.exe', 'usergnp.exe'],
    ['\u2066a\u2069\u200e\u200f\u061cb', 'ab'],
    ['pay\u200bpal\ufeff \u{e0041}x', 'paypal x'],
    ['tag \u{e0000}', 'tag '],
    ['reserved \u2065', 'reserved '],
    ['ad\u200dmin', 'admin'],
    ['\u{1f469}\u200d\u{1f4bb} می\u200cخواهم', '\u{1f469}\u200d\u{1f4bb} می\u200cخواهم'],
    ['žluťoučký 馬 \u2764\ufe0f', 'žluťoučký 馬 \u2764\ufe0f'],
  ])('cleanText turns %j into %j', (text, expected) => {
    expect(cleanText(text)).toBe(expected);
  });

  test('cleaned text in one line has a space for each line break', () => {
    expect(cleanLine('one\r\ntwo\nthree\rfour\u2028five')).toBe('one two three four five');
  });

  test('cleaned text holds nothing that a terminal obeys or that hides or reorders text', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(cleanText(text)).not.toMatch(forbidden);
        expect(cleanLine(text)).not.toMatch(/[\n\r]/);
        expect(cleanText(text).isWellFormed()).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });

  test('cleaned text stays as it is when it is cleaned again', () => {
    fc.assert(
      fc.property(hostileText, (text) => {
        expect(cleanText(cleanText(text))).toBe(cleanText(text));
        expect(cleanLine(cleanLine(text))).toBe(cleanLine(text));
      }),
      { numRuns: 2_000 },
    );
  });

  test('cleaning keeps every visible character outside escape sequences', () => {
    const visible = fc.string({ unit: fc.constantFrom('a', 'Z', ' ', '\t', '0', 'é', '漢', '🦀', '{', '"', '~') });
    fc.assert(
      fc.property(visible, visible, (before, after) => {
        expect(cleanText(`${before}\u001b[1;31m${after}`)).toBe(before + after);
      }),
    );
  });

  test('cleaning costs a bounded number of reads for each character, whatever the text', () => {
    const reads = (text: string): number => {
      const counted = new CountedText(text);
      replaceUnsafe(counted, () => '');
      return counted.reads;
    };
    for (const unit of [
      '\u001b]',
      '\u009d',
      '\u001b[',
      '\u001b[1;',
      '\u001bP x',
      '\u001b( ',
      '\u200d',
      'é\u200d',
      '\ud83d',
      'a\n',
      '\u001b]0;x',
      'x',
    ])
      expect(reads(unit.repeat(100 * 1024)), JSON.stringify(unit)).toBeLessThan(6 * unit.length * 100 * 1024);
    fc.assert(
      fc.property(fc.array(hostilePieces, { minLength: 1, maxLength: 12 }), (pieces) => {
        const text = pieces.join('').repeat(100);
        expect(reads(text)).toBeLessThanOrEqual(6 * text.length);
      }),
    );
  });

  test('200 KB of unfinished escape sequences leave no text', () => {
    expect(cleanText('\u001b]'.repeat(100 * 1024))).toBe('');
  });
});

describe('T8: JSON text', () => {
  test('escaped JSON keeps its value, and holds as escapes what cleaning would remove', () => {
    fc.assert(
      fc.property(
        fc.jsonValue({ stringUnit: fc.oneof(hostilePieces, fc.string({ unit: 'binary', maxLength: 2 })) }),
        (value) => {
          const json = JSON.stringify(value, undefined, 2);
          const escaped = escapeJson(json);
          expect(JSON.parse(escaped)).toEqual(JSON.parse(json));
          expect(cleanText(escaped)).toBe(escaped);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('escaped JSON is still JSON after line breaks between its values', () => {
    expect(JSON.parse(escapeJson('{\r\n"a":\r["\u2028"]\n}'))).toEqual({ a: ['\u2028'] });
  });

  test('escaped JSON writes C1 and bidirectional controls as escapes', () => {
    expect(escapeJson('{"id":"\u009b31m\u202e"}')).toBe('{"id":"\\u009b31m\\u202e"}');
  });
});

test('T8: JSON data is cleaned in its strings and keys, at any depth', () => {
  expect(cleanData({ 'a\u202e': ['\u001b[2Jx', 1, null, { b: 'c\u0007' }] })).toEqual({
    a: ['x', 1, null, { b: 'c' }],
  });
  const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`) as unknown;
  expect(JSON.stringify(cleanData(deep))).toContain('too deep');
});

test('T8: a cut text says how much is missing and ends in no half of a character', () => {
  expect(cutText('abc', 3)).toBe('abc');
  expect(cutText('abcdef', 3)).toBe('abc … (3 more characters)');
  expect(cutText('ab🦀cd', 3)).toBe('ab … (4 more characters)');
});

test('T8: cut data stays below its bound, and small data stays as it is', () => {
  const small = { list: [1, 'two', null, { three: true }] };
  expect(cutData(small, 1_000)).toEqual(small);
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), fc.integer({ min: 0, max: 200 }), (value, limit) => {
      expect(JSON.stringify(cutData([value, value, value], limit)).length).toBeLessThan(6 * limit + 500);
    }),
  );
  expect(cutData(Array(1_000).fill('x'.repeat(100)), 1_000)).toContain('[cut]');
  // Names count as well: a peer chooses them too.
  expect(JSON.stringify(cutData({ ['k'.repeat(10_000)]: 1 }, 100)).length).toBeLessThan(200);
});
