import { describe, expectTypeOf, test } from 'vitest';
import { isObject, type Json, parseJson } from '../../src/json.ts';
import type { RpcErrorCode } from '../../src/jsonrpc.ts';
import {
  createRequest,
  createSuccess,
  isRpcFailure,
  isRpcNotification,
  isRpcRequest,
  isRpcResponse,
  type RpcErrorObject,
  type RpcFailure,
  type RpcId,
  type RpcMessage,
  type RpcNotification,
  type RpcParams,
  type RpcRequest,
  type RpcResponse,
  type RpcSuccess,
} from '../../src/jsonrpc.ts';
import {
  isOpenClawResponse,
  type OpenClawError,
  type OpenClawEvent,
  type OpenClawFrame,
  type OpenClawRequest,
  type OpenClawResponse,
} from '../../src/openclaw-frames.ts';

declare const received: unknown;

describe('what arrives is unknown until a guard has looked', () => {
  test('parseJson promises nothing', () => {
    expectTypeOf(parseJson('{}')).toBeUnknown();
  });

  test('isObject promises members, not their types', () => {
    if (isObject(received)) expectTypeOf(received['anything']).toBeUnknown();
  });

  test('the guards tell the three messages apart', () => {
    if (isRpcRequest(received)) expectTypeOf(received).toEqualTypeOf<RpcRequest>();
    if (isRpcNotification(received)) expectTypeOf(received).toEqualTypeOf<RpcNotification>();
    if (isRpcResponse(received)) expectTypeOf(received).toEqualTypeOf<RpcResponse>();
  });

  test('a response is a success or a failure, never both', () => {
    if (!isRpcResponse(received)) return;
    if (isRpcFailure(received)) {
      expectTypeOf(received).toEqualTypeOf<RpcFailure>();
      expectTypeOf(received.error).toEqualTypeOf<RpcErrorObject>();
    } else {
      expectTypeOf(received).toEqualTypeOf<RpcSuccess>();
      expectTypeOf(received.result).toBeUnknown();
    }
  });
});

describe('envelopes', () => {
  test('an id is text, a number or null', () => {
    expectTypeOf<RpcId>().toEqualTypeOf<string | number | null>();
    // @ts-expect-error: an id is never left out of a request
    createRequest(undefined, 'm');
  });

  test('params go by place or by name', () => {
    expectTypeOf<readonly [1, 2]>().toExtend<RpcParams>();
    expectTypeOf<{ readonly a: 1 }>().toExtend<RpcParams>();
    // @ts-expect-error: one value is neither
    createRequest(1, 'm', 'x');
  });

  test('what is made is for sending, not for changing', () => {
    const request = createRequest(1, 'm');
    // @ts-expect-error: read only
    request.id = 2;
    expectTypeOf(createSuccess(1, 'x').jsonrpc).toEqualTypeOf<'2.0'>();
  });

  test('a message is one of four', () => {
    expectTypeOf<RpcMessage>().toEqualTypeOf<RpcRequest | RpcNotification | RpcSuccess | RpcFailure>();
  });

  test('an error code of ours is a number among twelve', () => {
    expectTypeOf<RpcErrorCode>().toExtend<number>();
    expectTypeOf<-32004>().toExtend<RpcErrorCode>();
    expectTypeOf<-32099>().not.toExtend<RpcErrorCode>();
  });
});

describe('OpenClaw frames', () => {
  test('OpenClaw frames are distinguished by their type', () => {
    expectTypeOf<OpenClawFrame['type']>().toEqualTypeOf<'req' | 'res' | 'event'>();
    expectTypeOf<Extract<OpenClawFrame, { type: 'req' }>>().toEqualTypeOf<OpenClawRequest>();
    expectTypeOf<Extract<OpenClawFrame, { type: 'res' }>>().toEqualTypeOf<OpenClawResponse>();
    expectTypeOf<Extract<OpenClawFrame, { type: 'event' }>>().toEqualTypeOf<OpenClawEvent>();
  });

  test('a refused answer has an error, a good one has none', () => {
    if (!isOpenClawResponse(received)) return;
    if (received.ok) expectTypeOf(received).not.toHaveProperty('error');
    else expectTypeOf(received.error).toEqualTypeOf<OpenClawError>();
  });

  test('an id is text there', () => {
    expectTypeOf<OpenClawRequest['id']>().toBeString();
  });
});

test('Json holds what JSON text can say', () => {
  expectTypeOf<{ readonly a: readonly [1, 'b', null, { readonly c: false }] }>().toExtend<Json>();
  expectTypeOf<bigint>().not.toExtend<Json>();
  expectTypeOf<undefined>().not.toExtend<Json>();
  expectTypeOf<() => void>().not.toExtend<Json>();
});
