import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  clientFrame,
  closeFrame,
  FrameReader,
  type Heard,
  opcodes,
} from '../../../src/ports/node/web-socket-frames.ts';

/** A frame as a server writes it: not masked. */
function frame(opcode: number, payload: Buffer | string, final = true): Buffer {
  const bytes = Buffer.from(payload);
  const head =
    bytes.length < 126
      ? Buffer.from([0, bytes.length])
      : bytes.length <= 0xff_ff
        ? Buffer.from([0, 126, bytes.length >> 8, bytes.length & 0xff])
        : Buffer.concat([Buffer.from([0, 127]), bigEndian(BigInt(bytes.length))]);
  head[0] = (final ? 0x80 : 0) | opcode;
  return Buffer.concat([head, bytes]);
}

function bigEndian(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}

function hear(...chunks: readonly Buffer[]): readonly Heard[] {
  const reader = new FrameReader(1_000_000);
  return chunks.flatMap((chunk) => [...reader.read(chunk)]);
}

/** The same bytes in pieces that end at these places. */
function cut(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const ends = [...new Set([...places.map((place) => place % (bytes.length + 1)), bytes.length])].toSorted(
    (a, b) => a - b,
  );
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

describe('frames', () => {
  it.each([0, 1, 125, 126, 127, 65_535, 65_536, 1_000_000])('a text of %i bytes', (length) => {
    expect(hear(frame(opcodes.text, 'x'.repeat(length)))).toEqual([{ kind: 'text', text: 'x'.repeat(length) }]);
  });

  it('binary by its size, pings with what they carry, pongs', () => {
    expect(hear(frame(2, Buffer.alloc(300)), frame(9, 'hi'), frame(10, ''))).toEqual([
      { kind: 'binary', bytes: 300 },
      { kind: 'ping', payload: Buffer.from('hi') },
      { kind: 'pong' },
    ]);
  });

  it('a message in fragments, with a ping between them, a character cut in two, an empty one', () => {
    const euro = Buffer.from('€');
    expect(
      hear(
        frame(1, Buffer.concat([Buffer.from('1'), euro.subarray(0, 1)]), false),
        frame(9, ''),
        frame(0, euro.subarray(1), false),
        frame(0, '', false),
        frame(0, '2'),
        frame(1, 'next'),
      ),
    ).toEqual([
      { kind: 'ping', payload: Buffer.alloc(0) },
      { kind: 'text', text: '1€2' },
      { kind: 'text', text: 'next' },
    ]);
  });

  it.each([
    ['with code and reason', Buffer.from([0x0f, 0xa0, 0x62, 0x79, 0x65]), { code: 4000, reason: 'bye' }],
    ['with a code', Buffer.from([0x03, 0xe8]), { code: 1000, reason: '' }],
    ['without a word', Buffer.alloc(0), { code: 1005, reason: '' }],
  ])('a close %s is the last thing heard', (_, payload, end) => {
    expect(hear(Buffer.concat([frame(8, payload), frame(1, 'late')]), frame(1, 'later'))).toEqual([
      { kind: 'close', ...end },
    ]);
  });

  it('come in pieces of any size', () => {
    const messages = fc.array(
      fc.record({ text: fc.string({ unit: 'grapheme', maxLength: 200 }), fragments: fc.integer({ min: 1, max: 4 }) }),
      { maxLength: 5 },
    );
    fc.assert(
      fc.property(messages, fc.array(fc.nat(), { maxLength: 20 }), (all, places) => {
        const bytes = all.map(({ text, fragments }) => {
          const whole = Buffer.from(text);
          const step = Math.ceil(whole.length / fragments) || 1;
          return Buffer.concat(
            Array.from({ length: fragments }, (_, index) =>
              frame(index === 0 ? 1 : 0, whole.subarray(index * step, (index + 1) * step), index === fragments - 1),
            ),
          );
        });
        expect(hear(...cut(Buffer.concat(bytes), places))).toEqual(all.map(({ text }) => ({ kind: 'text', text })));
      }),
    );
  });
});

describe('what breaks the rules is a fault, and nothing is heard after it', () => {
  it.each<[string, number, readonly Buffer[]]>([
    ['a reserved bit', 1002, [Buffer.from([0xc1, 0])]],
    ['an unknown opcode', 1002, [Buffer.from([0x83, 0])]],
    ['an unknown control opcode', 1002, [Buffer.from([0x8b, 0])]],
    ['a masked frame', 1002, [clientFrame(1, Buffer.from('x'))]],
    ['a ping in pieces', 1002, [frame(9, '', false)]],
    ['a ping that is too long', 1002, [frame(9, Buffer.alloc(126))]],
    ['a continuation of nothing', 1002, [frame(0, 'x')]],
    ['a message inside another', 1002, [frame(1, 'x', false), frame(1, 'y')]],
    ['half a close code', 1002, [frame(8, Buffer.from([3]))]],
    ['a close code that is never sent', 1002, [frame(8, Buffer.from([0x03, 0xed]))]],
    ['a close code out of range', 1002, [frame(8, Buffer.from([0x13, 0x88]))]],
    ['a close reason that is not UTF-8', 1007, [frame(8, Buffer.from([0x03, 0xe8, 0xff]))]],
    ['text that is not UTF-8', 1007, [frame(1, Buffer.from([0xc3, 0x28]))]],
    ['more than allowed', 1009, [frame(1, 'x'.repeat(1_000_001))]],
    ['more than allowed, in pieces', 1009, [frame(1, 'x'.repeat(600_000), false), frame(0, 'x'.repeat(600_000))]],
    ['a length beyond all numbers, at once', 1009, [Buffer.concat([Buffer.from([0x81, 127]), Buffer.alloc(8, 0xff)])]],
  ])('%s: %i', (_, code, chunks) => {
    const heard = hear(...chunks, frame(1, 'late'));
    expect(heard).toEqual([{ kind: 'fault', code, message: expect.stringMatching(/./) }]);
  });

  it('whatever the bytes are, it never throws, and a fault or a close is last', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 64 }), { maxLength: 10 }), (chunks) => {
        const heard = hear(...chunks.map((chunk) => Buffer.from(chunk)));
        const last = heard.findIndex(({ kind }) => kind === 'fault' || kind === 'close');
        expect(last === -1 || last === heard.length - 1).toBe(true);
      }),
    );
  });
});

describe('a close of ours', () => {
  it('fits into a control frame without cutting a character', () => {
    for (const reason of ['', 'bye', '€'.repeat(60), `${'x'.repeat(122)}€`]) {
      const written = closeFrame(1000, reason);
      const payload = written.subarray(6);
      expect(payload.length).toBeLessThanOrEqual(125);
      expect(reason.startsWith(payload.subarray(2).toString('utf8'))).toBe(true);
      expect(payload.readUInt16BE(0)).toBe(1000);
    }
  });
});
