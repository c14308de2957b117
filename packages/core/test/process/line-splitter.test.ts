import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { LineSplitter, plainText } from '../../src/process/line-splitter.ts';

const encoder = new TextEncoder();

/** Returns the lines of these chunks, including the unfinished one. */
function split(chunks: readonly Uint8Array[], maxBytes = 16 * 1024): readonly string[] {
  const lines: string[] = [];
  const splitter = new LineSplitter(maxBytes);
  for (const chunk of chunks) {
    const taken = splitter.push(chunk, (text) => {
      lines.push(text);
      return true;
    });
    expect(taken).toBe(chunk.length);
  }
  splitter.end((text) => lines.push(text));
  return lines;
}

/** The bytes cut into pieces at these places. */
function cut(bytes: Uint8Array, places: readonly number[]): readonly Uint8Array[] {
  const at = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...at, bytes.length].map((end, index) => bytes.subarray(index === 0 ? 0 : at[index - 1], end));
}

const printable = fc.string({ unit: fc.constantFrom('a', 'Z', ' ', '0', 'é', 'ß', '漢', '字', '🦀', '{', '"') });

describe('lines', () => {
  test('come out whole, however the bytes were cut, characters of several bytes included', () => {
    fc.assert(
      fc.property(fc.array(printable, { maxLength: 20 }), fc.array(fc.nat(), { maxLength: 30 }), (lines, places) => {
        const bytes = encoder.encode(lines.map((line) => `${line}\n`).join(''));
        expect(split(cut(bytes, places))).toEqual(lines);
      }),
    );
  });

  test('end with a newline, or with a return and a newline, or with the stream', () => {
    expect(split([encoder.encode('one\r\ntwo\nthree')])).toEqual(['one', 'two', 'three']);
    expect(split([encoder.encode('one\r'), encoder.encode('\ntwo\r\n')])).toEqual(['one', 'two']);
  });

  test('an empty stream has no lines, and a newline is one empty line', () => {
    expect(split([])).toEqual([]);
    expect(split([new Uint8Array(0)])).toEqual([]);
    expect(split([encoder.encode('\n')])).toEqual(['']);
  });

  test('a line longer than the limit is cut and says by how much', () => {
    expect(split([encoder.encode(`${'x'.repeat(25)}\nshort\n`)], 10)).toEqual([
      `${'x'.repeat(10)} … (15 bytes cut)`,
      'short',
    ]);
  });

  test('a cut line never ends in half a character', () => {
    fc.assert(
      fc.property(
        printable,
        fc.integer({ min: 4, max: 40 }),
        fc.array(fc.nat(), { maxLength: 10 }),
        (line, max, places) => {
          const bytes = encoder.encode(line);
          const [out = ''] = split(cut(bytes, places), max);
          expect(out).not.toContain('\ufffd');
          if (bytes.length <= max) expect(out).toBe(line);
          else {
            const { remaining = '', lost = '0' } =
              /^(?<remaining>.*) … \((?<lost>\d+) bytes cut\)$/u.exec(out)?.groups ?? {};
            expect(line.startsWith(remaining)).toBe(true);
            expect(encoder.encode(remaining).length + Number(lost)).toBe(bytes.length);
          }
        },
      ),
    );
  });

  test('a line of invalid UTF-8 is decoded as far as possible', () => {
    expect(split([Uint8Array.of(0x61, 0xff, 0x62, 0x0a)])).toEqual(['a\ufffdb']);
  });

  test('without end take no more memory than the limit', () => {
    const splitter = new LineSplitter(1_000);
    const chunk = new Uint8Array(64 * 1024).fill(0x78);
    const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    for (let pushed = 0; pushed < 2_000; pushed += 1) splitter.push(chunk, () => true);
    const after = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
    expect(after - before).toBeLessThan(16 * 1024 * 1024);
    const lines: string[] = [];
    splitter.end((text) => lines.push(text));
    expect(lines).toEqual([`${'x'.repeat(1_000)} … (${String(2_000 * 64 * 1024 - 1_000)} bytes cut)`]);
  });

  test('stop where the reader has enough, and say how much was taken', () => {
    const splitter = new LineSplitter(100);
    const lines: string[] = [];
    const taken = splitter.push(encoder.encode('one\ntwo\nthree\n'), (text) => {
      lines.push(text);
      return lines.length < 2;
    });
    expect([lines, taken]).toEqual([['one', 'two'], 8]);
  });
});

describe('text', () => {
  test.each([
    ['\u001b[31mred\u001b[0m', 'red'],
    ['\u001b]8;;https://example.org\u0007link\u001b]8;;\u0007', 'link'],
    ['10%\r50%\r100%', '100%'],
    ['bell\u0007 and null\u0000', 'bell and null'],
    ['a\tb', 'a\tb'],
    ['\u009b31mred', 'red'],
    ['plain', 'plain'],
  ])('%j is read as %j', (raw, plain) => {
    expect(plainText(raw)).toBe(plain);
  });
});
