import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  createFailure,
  createNotification,
  createRequest,
  createSuccess,
  isRpcErrorObject,
  isRpcFailure,
  isRpcNotification,
  isRpcRequest,
  isRpcResponse,
  RpcErrorCode,
  type RpcId,
  type RpcParams,
} from '../src/jsonrpc.ts';
import { anything, rpcErrors, rpcIds, rpcParams } from './arbitrary.ts';

/** Returns the shapes that accept a value; the specification allows one at most. */
function shapes(value: unknown): string[] {
  return [
    ...(isRpcRequest(value) ? ['request'] : []),
    ...(isRpcNotification(value) ? ['notification'] : []),
    ...(isRpcResponse(value) ? ['response'] : []),
  ];
}

/** As the other side gets it: written and read again. */
function overTheWire(message: unknown): unknown {
  return JSON.parse(JSON.stringify(message));
}

describe('the examples of the specification', () => {
  test.each<[string, string[]]>([
    ['{"jsonrpc": "2.0", "method": "subtract", "params": [42, 23], "id": 1}', ['request']],
    ['{"jsonrpc": "2.0", "result": 19, "id": 1}', ['response']],
    ['{"jsonrpc": "2.0", "result": -19, "id": 2}', ['response']],
    ['{"jsonrpc": "2.0", "method": "subtract", "params": {"subtrahend": 23, "minuend": 42}, "id": 3}', ['request']],
    ['{"jsonrpc": "2.0", "method": "update", "params": [1,2,3,4,5]}', ['notification']],
    ['{"jsonrpc": "2.0", "method": "foobar"}', ['notification']],
    ['{"jsonrpc": "2.0", "error": {"code": -32601, "message": "Method not found"}, "id": "1"}', ['response']],
    ['{"jsonrpc": "2.0", "error": {"code": -32700, "message": "Parse error"}, "id": null}', ['response']],
    ['{"jsonrpc": "2.0", "method": 1, "params": "bar"}', []],
    ['[]', []],
    ['1', []],
    ['{"foo": "boo"}', []],
    ['{"jsonrpc": "2.0", "method": "get_data", "id": "9"}', ['request']],
    ['{"jsonrpc": "2.0", "result": ["hello", 5], "id": "9"}', ['response']],
  ])('the example %s of the specification is recognised', (text, expected) => {
    expect(shapes(JSON.parse(text))).toEqual(expected);
  });
});

describe('ids', () => {
  test.each<[string, RpcId]>([
    ['zero', 0],
    ['minus one', -1],
    ['a fraction, discouraged but allowed', 1.5],
    ['the empty string', ''],
    ['a number in quotes', '1'],
    ['null, discouraged but allowed', null],
    ['the largest exact integer', Number.MAX_SAFE_INTEGER],
  ])('%s is an id, kept as it is', (_, id) => {
    const request = overTheWire(createRequest(id, 'm'));
    const response = overTheWire(createSuccess(id, 1));
    expect(isRpcRequest(request) && Object.is(request.id, id)).toBe(true);
    expect(isRpcResponse(response) && Object.is(response.id, id)).toBe(true);
  });

  test.each([
    ['an object', {}],
    ['an array', [1]],
    ['a boolean', true],
    ['not a number', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
    ['undefined', undefined],
    ['a bigint', 1n],
  ])('%s is no id', (_, id) => {
    expect(isRpcRequest({ jsonrpc: '2.0', id, method: 'm' })).toBe(false);
    expect(isRpcResponse({ jsonrpc: '2.0', id, result: 1 })).toBe(false);
    // Nor does a bad id make a request a notification: the peer did expect an answer.
    expect(isRpcNotification({ jsonrpc: '2.0', id, method: 'm' })).toBe(false);
  });

  test('1 and "1" stay two ids after the wire', () => {
    expect(overTheWire(createRequest(1, 'm'))).not.toEqual(overTheWire(createRequest('1', 'm')));
  });
});

describe('requests and notifications', () => {
  test.each([
    ['no version', { id: 1, method: 'm' }],
    ['the version as a number', { jsonrpc: 2.0, id: 1, method: 'm' }],
    ['version 1.0', { jsonrpc: '1.0', id: 1, method: 'm' }],
    ['no method', { jsonrpc: '2.0', id: 1 }],
    ['a method that is a number', { jsonrpc: '2.0', id: 1, method: 1 }],
    ['params that are a string', { jsonrpc: '2.0', id: 1, method: 'm', params: 'x' }],
    ['params that are a number', { jsonrpc: '2.0', id: 1, method: 'm', params: 0 }],
    ['params that are null', { jsonrpc: '2.0', id: 1, method: 'm', params: null }],
    ['params that are false', { jsonrpc: '2.0', id: 1, method: 'm', params: false }],
  ])('a request with %s is none', (_, value) => {
    const { id, ...notification } = value;
    expect(id).toBe(1);
    expect(shapes(value)).toEqual([]);
    expect(shapes(notification)).toEqual([]);
  });

  test('an extra member does no harm', () => {
    expect(isRpcRequest({ jsonrpc: '2.0', id: 1, method: 'm', trace: 'abc' })).toBe(true);
  });

  test('an empty method name is a name', () => {
    expect(isRpcRequest({ jsonrpc: '2.0', id: 1, method: '' })).toBe(true);
  });

  test('absent params are not written', () => {
    expect(JSON.stringify(createRequest(1, 'm'))).toBe('{"jsonrpc":"2.0","id":1,"method":"m"}');
    expect(JSON.stringify(createNotification('m'))).toBe('{"jsonrpc":"2.0","method":"m"}');
  });

  test.each<[string, RpcParams]>([
    ['no names', {}],
    ['no places', []],
    ['names', { a: null }],
    ['places', [null, 1]],
  ])('params by %s arrive', (_, params) => {
    expect(overTheWire(createRequest(1, 'm', params))).toEqual({ jsonrpc: '2.0', id: 1, method: 'm', params });
    expect(overTheWire(createNotification('m', params))).toEqual({ jsonrpc: '2.0', method: 'm', params });
  });
});

describe('responses', () => {
  test.each([
    ['both result and error', { jsonrpc: '2.0', id: 1, result: 1, error: { code: 1, message: '' } }],
    ['a null error beside the result, as version 1.0 wrote it', { jsonrpc: '2.0', id: 1, result: 1, error: null }],
    ['neither result nor error', { jsonrpc: '2.0', id: 1 }],
    ['no id', { jsonrpc: '2.0', result: 1 }],
    ['a method', { jsonrpc: '2.0', id: 1, method: 'm', result: 1 }],
    ['no version', { id: 1, result: 1 }],
    ['an error that is a string', { jsonrpc: '2.0', id: 1, error: 'no' }],
    ['an error that is null', { jsonrpc: '2.0', id: 1, error: null }],
    ['an error without a message', { jsonrpc: '2.0', id: 1, error: { code: 1 } }],
    ['an error whose code is text', { jsonrpc: '2.0', id: 1, error: { code: '1', message: '' } }],
    ['an error whose code is a fraction', { jsonrpc: '2.0', id: 1, error: { code: 1.5, message: '' } }],
  ])('a response with %s is rejected', (_, value) => {
    expect(isRpcResponse(value)).toBe(false);
  });

  test.each([null, false, 0, '', [], {}])('%j is a result', (result) => {
    const response = overTheWire(createSuccess(1, result));
    expect(isRpcResponse(response) && !isRpcFailure(response) && response.result).toEqual(result);
  });

  test('a result of undefined is written as null: a response without one would be none', () => {
    expect(JSON.stringify(createSuccess(7, undefined))).toBe('{"jsonrpc":"2.0","id":7,"result":null}');
  });

  test('an error keeps its code and data', () => {
    const error = { code: -32004, message: 'no such channel', data: { channelId: 'x', tried: [1, 2] } };
    const response = overTheWire(createFailure('a', error));
    expect(isRpcResponse(response) && isRpcFailure(response) && response.error).toEqual(error);
  });

  test('isRpcFailure tells the two apart', () => {
    expect(isRpcFailure(createSuccess(1, 1))).toBe(false);
    expect(isRpcFailure(createFailure(1, { code: 1, message: '' }))).toBe(true);
  });

  test.each(Object.entries(RpcErrorCode))('%s (%i) makes an error object', (message, code) => {
    expect(isRpcErrorObject({ code, message })).toBe(true);
  });
});

describe('properties', () => {
  test('what is created is what the guards see, on both sides of the wire', () => {
    fc.assert(
      fc.property(rpcIds, fc.string(), fc.option(rpcParams, { nil: undefined }), (id, method, params) => {
        for (const request of [createRequest(id, method, params), overTheWire(createRequest(id, method, params))]) {
          expect(shapes(request)).toEqual(['request']);
        }
        const notification = createNotification(method, params);
        for (const each of [notification, overTheWire(notification)]) expect(shapes(each)).toEqual(['notification']);
      }),
    );
    fc.assert(
      fc.property(rpcIds, fc.jsonValue(), rpcErrors, (id, result, error) => {
        for (const response of [createSuccess(id, result), createFailure(id, error)]) {
          expect(shapes(response)).toEqual(['response']);
          expect(shapes(overTheWire(response))).toEqual(['response']);
        }
      }),
    );
  });

  test('nothing has two shapes, and no guard throws on anything', () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(shapes(value).length).toBeLessThanOrEqual(1);
        isRpcErrorObject(value);
      }),
      { numRuns: 2000 },
    );
  });

  test('a near miss is judged by its members alone', () => {
    const member = fc.oneof(fc.jsonValue(), rpcIds, rpcErrors, fc.constant('2.0'));
    const nearMiss = fc.record(
      { jsonrpc: member, id: member, method: member, params: member, result: member, error: member },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(nearMiss, (value) => {
        const found = shapes(value);
        expect(found.length).toBeLessThanOrEqual(1);
        if (found.length > 0) expect(value.jsonrpc).toBe('2.0');
        if (found.includes('notification')) expect('id' in value).toBe(false);
        if (found.includes('response')) expect('result' in value).not.toBe('error' in value);
      }),
      { numRuns: 2000 },
    );
  });
});
