import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closingLine, JsonLineSplitter, readClosingLine } from '../../src/control/line-channel.ts';

function split(chunks: readonly (string | Uint8Array)[], maxBytes?: number) {
  const splitter = new JsonLineSplitter(maxBytes);
  const lines: string[] = [];
  for (const chunk of chunks) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    if (splitter.push(bytes, (line) => lines.push(line)) === 'too-long') return [...lines, 'TOO LONG'];
  }
  splitter.finish((line) => lines.push(line));
  return lines;
}

/** The same bytes, cut at the given places. */
function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const ends = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b);
  return [...ends, bytes.length].map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

describe('JsonLineSplitter', () => {
  it('returns the same documents however their bytes are cut into chunks', () => {
    const document = fc.json().map((text) => text.replaceAll(/[\r\n]/g, ''));
    const ending = fc.constantFrom('\n', '\r\n', '\n\n', '\n\r\n');
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.oneof(document, fc.json({ stringUnit: 'grapheme' })), ending), { maxLength: 20 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        (documents, places) => {
          const texts = documents.map(([text]) => JSON.stringify(JSON.parse(text)));
          const bytes = Buffer.from(documents.map(([, end], index) => `${texts[index] ?? ''}${end}`).join(''));
          expect(split(cut(bytes, places))).toEqual(texts);
        },
      ),
    );
  });

  it('takes time in proportion to the bytes when a line arrives one byte at a time', () => {
    const measure = (bytes: number) => {
      const splitter = new JsonLineSplitter();
      const byte = new Uint8Array([0x78]);
      const began = process.cpuUsage();
      for (let count = 0; count < bytes; count += 1) splitter.push(byte, () => undefined);
      const { user, system } = process.cpuUsage(began);
      return user + system;
    };
    measure(100_000);
    const small = measure(200_000);
    // Quadratic time would be 64 times as much.
    expect(measure(1_600_000)).toBeLessThan(small * 24 + 20_000);
  });

  it('joins a character that is split across chunks', () => {
    const bytes = Buffer.from('"ü€𐍈"\n');
    expect(split([...bytes].map((byte) => Buffer.from([byte])))).toEqual(['"ü€𐍈"']);
  });

  it('skips empty lines and removes a carriage return at the end of a line', () => {
    expect(split(['\n\r\n{"a":1}\r\n\n\n{"b":2}\n\r\n'])).toEqual(['{"a":1}', '{"b":2}']);
  });

  it('keeps a partial last line until the stream ends', () => {
    const lines: string[] = [];
    const splitter = new JsonLineSplitter();
    splitter.push(Buffer.from('{"a":1}\n{"b"'), (line) => lines.push(line));
    expect(lines).toEqual(['{"a":1}']);
    splitter.push(Buffer.from(':2}'), (line) => lines.push(line));
    expect(lines).toEqual(['{"a":1}']);
    splitter.finish((line) => lines.push(line));
    splitter.finish((line) => lines.push(line));
    expect(lines).toEqual(['{"a":1}', '{"b":2}']);
  });

  it.each([
    ['in one chunk', ['12345678\n123456789\n1\n'], ['12345678', 'TOO LONG']],
    ['before its end has arrived', ['12345', '678', '9A'], ['TOO LONG']],
    ['in chunks, with its end', ['12345', '6789\n'], ['TOO LONG']],
    ['counted in bytes, not characters', ['€€€\n'], ['TOO LONG']],
  ])('reports a line of more than eight bytes %s', (_, chunks, expected) => {
    expect(split(chunks, 8)).toEqual(expected);
  });

  it.each([
    ['at once', ['12345678\r\n']],
    ['with its carriage return in the next chunk', ['12345678', '\r', '\n']],
    ['with its line feed in the next chunk', ['12345678\r', '\n']],
  ])('accepts a line of exactly eight bytes that arrives %s', (_, chunks) => {
    expect(split(chunks, 8)).toEqual(['12345678']);
  });

  it('turns a line that is not UTF-8 into one that is not JSON, and reads on', () => {
    const [bad = '', good] = split([Buffer.from([0x22, 0xc3, 0x28, 0x22, 0x0a]), '"good"\n']);
    expect(() => JSON.parse(bad)).toThrow(SyntaxError);
    expect(good).toBe('"good"');
  });
});

describe('connection.closing', () => {
  it('carries code and reason in one line', () => {
    expect(readClosingLine(closingLine(1013, 'reads too slowly'))).toEqual({ code: 1013, reason: 'reads too slowly' });
    expect(closingLine(1001, 'two\nlines')).not.toContain('\n');
    expect(readClosingLine(closingLine(1001, '"'.repeat(5_000)))?.reason).toHaveLength(200);
  });

  it.each([
    '{"jsonrpc":"2.0","method":"log","params":{"text":"connection.closing"}}',
    '{"jsonrpc":"2.0","id":1,"method":"connection.closing"}',
    'connection.closing',
    '["connection.closing"]',
  ])('readClosingLine returns undefined for %s', (line) => {
    expect(readClosingLine(line)).toBeUndefined();
  });

  it('readClosingLine falls back to a normal code without a reason when parameters are missing', () => {
    const line = '{"jsonrpc":"2.0","method":"connection.closing","params":[1]}';
    expect(readClosingLine(line)).toEqual({ code: 1000, reason: '' });
  });
});
