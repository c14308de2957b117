import { isObject, RpcErrorCode, type RpcParams } from '@deskclaw/protocol';
import { invalidParams, RpcFault } from '../errors.ts';
import { idempotencyKey } from '../params/fields.ts';
import { check } from '../params/guard.ts';
import type { Handler } from './method.ts';

const MAX_ENTRIES = 1000;

/** Stores the newest answers by key. A failed call is not stored, so it can be retried. */
class IdempotencyCache<T> {
  readonly #answers = new Map<string, Promise<T>>();

  once(key: string, work: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    const answer = work();
    this.#answers.set(key, answer);
    answer.catch(() => this.#answers.delete(key));
    const [oldest] = this.#answers.keys();
    if (this.#answers.size > MAX_ENTRIES && oldest !== undefined) this.#answers.delete(oldest);
    return answer;
  }
}

/** Runs one method of the table. Throws or rejects with an `RpcFault`, or with whatever broke. */
export type Dispatch = (method: string, params: RpcParams | undefined) => unknown;

/** Methods that handle the key themselves. */
const ownKeys = new Set(['chat.send']);

/**
 * Creates the dispatcher. Any method may carry an `idempotencyKey`: a request with a known key is not executed again but
 * gets the first answer, while it runs and after it succeeded. Clients can so resend after a lost connection.
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
