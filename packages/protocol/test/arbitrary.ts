import fc from 'fast-check';
import type { RpcErrorObject, RpcId, RpcParams } from '../src/jsonrpc.ts';

/** Generates values of JSON text and values that only a careless caller in the same process can pass. */
export const anything = fc.oneof(fc.jsonValue(), fc.anything({ withNullPrototype: true, withSparseArray: true }));

export const rpcIds: fc.Arbitrary<RpcId> = fc.oneof(
  fc.integer(),
  fc.constantFrom(0, 1, -1),
  fc.string(),
  fc.constantFrom('', '0', '1'),
  fc.constant(null),
);

export const rpcParams: fc.Arbitrary<RpcParams> = fc.oneof(
  fc.array(fc.jsonValue(), { maxLength: 4 }),
  fc.dictionary(fc.string(), fc.jsonValue(), { maxKeys: 4 }),
);

export const rpcErrors: fc.Arbitrary<RpcErrorObject> = fc.oneof(
  fc.record({ code: fc.integer(), message: fc.string() }),
  fc.record({ code: fc.integer(), message: fc.string(), data: fc.jsonValue() }),
);
