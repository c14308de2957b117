import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Incoming } from '../../src/dialect/incoming.ts';
import { jsonRpcCodec } from '../../src/dialect/jsonrpc-codec.ts';
import { tolerantJsonRpcCodec } from '../../src/dialect/tolerant-reading.ts';

function reply(frame: Readonly<Record<string, unknown>>, expected: object) {
  return [JSON.stringify(frame), { ...expected, frame }] as const;
}
const failed = (id: number, error: object) => ({ kind: 'failure', id, error });

describe('replies', () => {
  const words = { code: -32000, message: 'disk is full' };
  const rows = [
    reply({ jsonrpc: '2.0', id: 1, result: { a: 1 } }, { kind: 'result', id: 1, value: { a: 1 } }),
    reply({ jsonrpc: '2.0', id: 1, result: 5, error: null }, { kind: 'result', id: 1, value: 5 }),
    reply({ id: 1, result: 5, error: false }, { kind: 'result', id: 1, value: 5 }),
    reply({ jsonrpc: '2.0', id: 1, result: null, error: words }, failed(1, words)),
    reply({ jsonrpc: '2.0', id: 1, result: 'half', error: words }, failed(1, words)),
    reply({ id: 1, result: 5 }, { kind: 'result', id: 1, value: 5 }),
    reply({ jsonrpc: '1.0', id: 1, result: 5 }, { kind: 'result', id: 1, value: 5 }),
    reply({ id: 1, error: words }, failed(1, words)),
    reply({ jsonrpc: '2.0', id: '17', result: 5 }, { kind: 'result', id: 17, value: 5 }),
    reply({ jsonrpc: '2.0', id: 1 }, { kind: 'result', id: 1, value: null }),
    reply({ jsonrpc: '2.0', id: 1, error: null }, { kind: 'result', id: 1, value: null }),
    reply({ jsonrpc: '2.0', id: 1, method: 'm', result: 5 }, { kind: 'result', id: 1, value: 5 }),
    reply({ jsonrpc: '2.0', id: 1, error: 'disk is full' }, failed(1, words)),
    reply({ jsonrpc: '2.0', id: 1, error: true }, failed(1, { code: -32000, message: 'true' })),
    reply({ jsonrpc: '2.0', id: 1, error: ['a', 1] }, failed(1, { code: -32000, message: '["a",1]' })),
    reply(
      { jsonrpc: '2.0', id: 1, error: { code: 'E_DISK', message: 'full' } },
      failed(1, { code: 'E_DISK', message: 'full' }),
    ),
    reply({ jsonrpc: '2.0', id: 1, error: { code: '-7', message: 'full' } }, failed(1, { code: -7, message: 'full' })),
    reply({ jsonrpc: '2.0', id: 1, error: { message: 'full' } }, failed(1, { code: -32000, message: 'full' })),
    reply({ jsonrpc: '2.0', id: 1, error: { code: 3 } }, failed(1, { code: 3, message: 'no message was given' })),
    reply(
      { jsonrpc: '2.0', id: 1, error: { code: 3, data: 'full' } },
      failed(1, { code: 3, message: 'full', data: 'full' }),
    ),
    reply(
      { jsonrpc: '2.0', id: 1, error: { code: 3, reason: 'full', at: 7 } },
      failed(1, { code: 3, message: 'full', data: { code: 3, reason: 'full', at: 7 } }),
    ),
    reply(
      { jsonrpc: '2.0', id: 1, error: { code: 3, message: 'm', data: null } },
      failed(1, { code: 3, message: 'm', data: null }),
    ),
  ];
  test.each(rows)('%s settles the request with the words of the peer', (text, expected) => {
    expect(tolerantJsonRpcCodec.read(text)).toEqual(expected);
  });

  test.each(['{"jsonrpc":"2.0","id":"x","result":1}', '{"jsonrpc":"2.0","id":null,"error":{"code":1,"message":"m"}}'])(
    'the reply %s, which is to no request of ours, is handed on',
    (text) => {
      expect(tolerantJsonRpcCodec.read(text)).toEqual({ kind: 'unhandled', frame: JSON.parse(text) });
    },
  );
});

describe('calls of the peer', () => {
  const notification = { kind: 'notification', method: 'm', seq: undefined };
  const rows: readonly (readonly [text: string, expected: Incoming | object])[] = [
    ['{"jsonrpc":"2.0","method":"m","params":[1]}', { ...notification, params: [1] }],
    ['{"jsonrpc":"2.0","method":"m","params":null}', { ...notification, params: null }],
    ['{"jsonrpc":"2.0","method":"m","params":7}', { ...notification, params: 7 }],
    ['{"jsonrpc":"2.0","id":null,"method":"m"}', { ...notification, params: undefined }],
    ['{"jsonrpc":"2.0","method":"$/progress","params":{"token":3,"value":5}}', { kind: 'progress', id: 3, value: 5 }],
    ['{"jsonrpc":"2.0","id":"q","method":"m"}', { kind: 'request', id: 'q', method: 'm', params: undefined }],
    ['{"jsonrpc":"2.0","id":0,"method":"m","params":null}', { kind: 'request', id: 0, method: 'm', params: null }],
    ['{"id":4,"method":"m","params":[]}', { kind: 'request', id: 4, method: 'm', params: [] }],
  ];
  test.each(rows)('%s is read as %j', (text, expected) => {
    expect(tolerantJsonRpcCodec.read(text)).toEqual(expected);
  });

  test.each([
    '{"notification":"feed","params":[1]}',
    '{"event":"track_playback_started","tl_track":{}}',
    '{"id":null,"method":"m","params":[]}',
    '{"method":"m"}',
    '{"jsonrpc":"2.0","id":5,"type":"event"}',
    '7',
    '"text"',
    'null',
    '[]',
  ])('%s, which is no JSON-RPC 2.0, is handed on and not answered', (text) => {
    expect(tolerantJsonRpcCodec.read(text)).toEqual({ kind: 'unhandled', frame: JSON.parse(text) });
  });

  test.each(['{', 'hello', '{"jsonrpc":"2.0","id":{},"method":"m"}'])('%s is broken, and not answered', (text) => {
    expect(tolerantJsonRpcCodec.read(text)).toMatchObject({ kind: 'invalid', answer: undefined });
  });
});

test('every message that the strict codec writes is read back the same by the tolerant one', () => {
  const id = fc.integer({ min: 1, max: 2 ** 52 });
  const value = fc.jsonValue();
  fc.assert(
    fc.property(id, value, (number, result) => {
      const expected: unknown = JSON.parse(JSON.stringify(result));
      expect(tolerantJsonRpcCodec.read(jsonRpcCodec.success(number, result))).toMatchObject({
        kind: 'result',
        id: number,
        value: expected,
      });
    }),
  );
});

test('no text makes the tolerant codec throw, and none without an id is answered', () => {
  const text = fc.oneof(
    fc.string(),
    fc.json(),
    fc
      .record(
        {
          jsonrpc: fc.constantFrom('2.0', '1.0', 2),
          id: fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.constant({})),
          method: fc.oneof(fc.string(), fc.integer()),
          params: fc.jsonValue(),
          result: fc.jsonValue(),
          error: fc.jsonValue(),
          event: fc.string(),
        },
        { requiredKeys: [] },
      )
      .map((frame) => JSON.stringify(frame)),
  );
  fc.assert(
    fc.property(text, (any) => {
      const read = tolerantJsonRpcCodec.read(any);
      if (read.kind === 'invalid') expect(read.answer).toBeUndefined();
      if (read.kind === 'request') expect(read.id).not.toBeNull();
    }),
    { numRuns: 1_000 },
  );
});
