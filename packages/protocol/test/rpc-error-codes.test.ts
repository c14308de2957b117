import { describe, expect, test } from 'vitest';
import { RpcErrorCode } from '../src/jsonrpc.ts';

describe('error codes', () => {
  test.each([
    ['ParseError', -32700],
    ['InvalidRequest', -32600],
    ['MethodNotFound', -32601],
    ['InvalidParams', -32602],
    ['InternalError', -32603],
    ['ServerError', -32000],
    ['NotConnected', -32001],
    ['AuthRequired', -32002],
    ['PermissionDenied', -32003],
    ['NotFound', -32004],
    ['Timeout', -32005],
    ['RateLimited', -32006],
  ] as const)('%s is %i for ever', (name, code) => {
    expect(RpcErrorCode[name]).toBe(code);
  });

  test('every RPC error code has one meaning', () => {
    const codes = Object.values(RpcErrorCode);
    expect(new Set(codes).size).toBe(codes.length);
  });

  test('our own are in the range the specification leaves to servers', () => {
    const standard = new Set<number>([-32700, -32600, -32601, -32602, -32603]);
    for (const code of Object.values(RpcErrorCode)) {
      if (standard.has(code)) continue;
      expect(code).toBeLessThanOrEqual(-32000);
      expect(code).toBeGreaterThanOrEqual(-32099);
    }
  });
});
