import { isObject, RpcErrorCode, type RpcParams } from '@deskclaw/protocol';
import { idempotencyKey } from '../params/fields.ts';
import { check } from '../params/guard.ts';
import { invalidParams, RpcFault } from '../rpc-fault.ts';
import { IdempotencyCache } from './idempotency-cache.ts';
import type { Handler } from './method.ts';

/** Runs one method of the table. Throws or rejects with an `RpcFault`, or with whatever broke. */
export type Dispatch = (method: string, params: RpcParams | undefined) => unknown;

/** These make sense of the key themselves. */
const ownKeys = new Set(['chat.send']);

/**
 * Any method may be sent with an `idempotencyKey`: sent again with the same key, while it runs or after it succeeded,
 * it is not done twice and the first answer is given again. That is what lets a client resend after a lost connection.
 */
export function createDispatch(
  handlers: Readonly<Record<string, Handler>>,
  onMethodCall: (method: string, params: unknown) => void = () => undefined,
): Dispatch {
  function observed(name: string, run: Handler): Handler {
    return (params) => {
      onMethodCall(name, params);
      return run(params);
    };
  }
  const table = new Map(Object.entries(handlers).map(([name, run]) => [name, observed(name, run)]));
  const answers = new IdempotencyCache<unknown>();
  return (method, params) => {
    const handler = table.get(method);
    if (handler === undefined) {
      throw new RpcFault(RpcErrorCode.MethodNotFound, `Method not found: ${method.slice(0, 200)}`);
    }
    if (ownKeys.has(method) || !isObject(params) || params['idempotencyKey'] === undefined) return handler(params);
    const { idempotencyKey: key, ...rest } = params;
    const checked = check(idempotencyKey, key);
    if (!checked.ok) throw invalidParams(method, { ...checked.fault, path: '/idempotencyKey' });
    const bare = Object.keys(rest).length === 0 ? undefined : rest;
    return answers.once(`${method} ${checked.value}`, async () => handler(bare));
  };
}
