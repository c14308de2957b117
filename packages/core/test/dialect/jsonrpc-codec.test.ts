import { isRpcNotification, isRpcRequest } from '@deskclaw/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Incoming } from '../../src/dialect/incoming.ts';
import { jsonRpcCodec } from '../../src/dialect/jsonrpc-codec.ts';

const invalidRequest = { code: -32600, message: 'Invalid Request' };

describe('what is read', () => {
  const rows: readonly (readonly [text: string, expected: Incoming])[] = [
    ['{"jsonrpc":"2.0","id":1,"result":{"a":1}}', { kind: 'result', id: 1, value: { a: 1 } }],
    ['{"jsonrpc":"2.0","id":1,"result":null}', { kind: 'result', id: 1, value: null }],
    ['{"jsonrpc":"2.0","id":1,"result":false}', { kind: 'result', id: 1, value: false }],
    ['{"jsonrpc":"2.0","id":"1","result":0}', { kind: 'result', id: -1, value: 0 }],
    ['{"jsonrpc":"2.0","id":null,"result":0}', { kind: 'result', id: -1, value: 0 }],
    [
      '{"jsonrpc":"2.0","id":2,"error":{"code":-32004,"message":"m","data":[1]}}',
      { kind: 'failure', id: 2, error: { code: -32004, message: 'm', data: [1] } },
    ],
    ['{"jsonrpc":"2.0","id":"q","method":"m","params":[1]}', { kind: 'request', id: 'q', method: 'm', params: [1] }],
    ['{"jsonrpc":"2.0","id":null,"method":"m"}', { kind: 'request', id: null, method: 'm', params: undefined }],
    ['{"jsonrpc":"2.0","method":"m"}', { kind: 'notification', method: 'm', params: undefined, seq: undefined }],
    [
      '{"jsonrpc":"2.0","method":"$/progress","params":{"token":3,"value":{"percent":5}}}',
      { kind: 'progress', id: 3, value: { percent: 5 } },
    ],
    [
      '{"jsonrpc":"2.0","method":"$/progress","params":{"token":"x"}}',
      { kind: 'notification', method: '$/progress', params: { token: 'x' }, seq: undefined },
    ],
    ['{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"q"}}', { kind: 'cancel', id: 'q' }],
    [
      '{"jsonrpc":"2.0","method":"m","params":{"token":3,"id":"q"}}',
      { kind: 'notification', method: 'm', params: { token: 3, id: 'q' }, seq: undefined },
    ],
    [
      '{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":[]}}',
      { kind: 'notification', method: '$/cancelRequest', params: { id: [] }, seq: undefined },
    ],
    [
      '{"jsonrpc":"2.0","method":"$/cancelRequest"}',
      { kind: 'notification', method: '$/cancelRequest', params: undefined, seq: undefined },
    ],
    [
      '{"jsonrpc":"2.0","id":5}',
      { kind: 'invalid', frame: { jsonrpc: '2.0', id: 5 }, answer: { id: 5, error: invalidRequest } },
    ],
    [
      '{"id":5,"method":"m"}',
      { kind: 'invalid', frame: { id: 5, method: 'm' }, answer: { id: 5, error: invalidRequest } },
    ],
    ['{', { kind: 'invalid', frame: '{', answer: { id: null, error: { code: -32700, message: 'Parse error' } } }],
    ['7', { kind: 'invalid', frame: 7, answer: { id: null, error: invalidRequest } }],
    ['null', { kind: 'invalid', frame: null, answer: { id: null, error: invalidRequest } }],
    ['{"jsonrpc":"2.0"}', { kind: 'invalid', frame: { jsonrpc: '2.0' }, answer: { id: null, error: invalidRequest } }],
    [
      '{"jsonrpc":"2.0","id":5,"method":"m","params":"text"}',
      {
        kind: 'invalid',
        frame: { jsonrpc: '2.0', id: 5, method: 'm', params: 'text' },
        answer: { id: 5, error: invalidRequest },
      },
    ],
    [
      '{"jsonrpc":"2.0","id":{},"method":"m"}',
      { kind: 'invalid', frame: { jsonrpc: '2.0', id: {}, method: 'm' }, answer: { id: null, error: invalidRequest } },
    ],
    [
      '{"jsonrpc":"1.0","id":5,"result":1}',
      { kind: 'malformed-reply', id: 5, frame: { jsonrpc: '1.0', id: 5, result: 1 } },
    ],
    [
      '[{"jsonrpc":"2.0","id":1,"result":1},7]',
      {
        kind: 'batch',
        items: [
          { kind: 'result', id: 1, value: 1 },
          { kind: 'invalid', frame: 7, answer: { id: null, error: invalidRequest } },
        ],
      },
    ],
  ];
  test.each(rows)('the JSON-RPC codec reads %s', (text, expected) => {
    expect(jsonRpcCodec.read(text)).toEqual(expected);
  });

  test('the JSON-RPC codec never throws on any text', () => {
    const text = fc.oneof(
      fc.string(),
      fc.string({ unit: 'binary' }),
      fc.json(),
      fc.anything().map((value) => `${JSON.stringify(value)}`),
    );
    fc.assert(
      fc.property(text, (any) => void jsonRpcCodec.read(any)),
      { numRuns: 2_000 },
    );
  });

  test('a member named __proto__ is only a member', () => {
    const read = jsonRpcCodec.read('{"jsonrpc":"2.0","id":1,"result":{"__proto__":{"polluted":true}}}');
    expect(read.kind).toBe('result');
    expect(Object.prototype).not.toHaveProperty('polluted');
  });

  test('JSON nested deeper than any stack is read or refused without a crash', () => {
    const deep = `${'['.repeat(200_000)}${']'.repeat(200_000)}`;
    expect(() => jsonRpcCodec.read(`{"jsonrpc":"2.0","id":1,"result":${deep}}`)).not.toThrow();
    expect(() => jsonRpcCodec.read(deep)).not.toThrow();
  });
});

describe('what is written', () => {
  test('a written request is valid JSON-RPC for any method name and parameters', () => {
    const params = fc.option(fc.oneof(fc.dictionary(fc.string(), fc.jsonValue()), fc.array(fc.jsonValue())), {
      nil: undefined,
    });
    fc.assert(
      fc.property(fc.nat(), fc.string({ unit: 'binary' }), params, (id, method, value) => {
        const encoded = value === undefined ? undefined : JSON.stringify(value);
        const request: unknown = JSON.parse(jsonRpcCodec.request(id, method, encoded));
        const notification: unknown = JSON.parse(jsonRpcCodec.notification(method, encoded));
        expect(isRpcRequest(request)).toBe(true);
        expect(isRpcNotification(notification)).toBe(true);
        const expected = encoded === undefined ? {} : { params: JSON.parse(encoded) };
        expect(request).toEqual({ jsonrpc: '2.0', id, method, ...expected });
      }),
    );
  });

  test('every written message is read back as the same message', () => {
    expect(jsonRpcCodec.read(jsonRpcCodec.request(7, 'm', '[1]'))).toEqual({
      kind: 'request',
      id: 7,
      method: 'm',
      params: [1],
    });
    expect(jsonRpcCodec.read(jsonRpcCodec.success(7, 1))).toEqual({ kind: 'result', id: 7, value: 1 });
    const error = { code: 1, message: 'm' };
    expect(jsonRpcCodec.read(jsonRpcCodec.failure(7, error))).toEqual({ kind: 'failure', id: 7, error });
    expect(jsonRpcCodec.read(jsonRpcCodec.cancel(7) ?? '')).toEqual({ kind: 'cancel', id: 7 });
  });

  test('a result that JSON cannot express throws', () => {
    expect(() => jsonRpcCodec.success(1, 1n)).toThrow(TypeError);
  });
});
