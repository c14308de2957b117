import { RpcErrorCode, type RpcParams } from '@deskclaw/protocol';
import { RpcFault } from '../rpc-fault.ts';
import type { Handler } from './method.ts';

/** Runs one method of the table. Throws or rejects with an `RpcFault`, or with whatever broke. */
export type Dispatch = (method: string, params: RpcParams | undefined) => unknown;

export function createDispatch(handlers: Readonly<Record<string, Handler>>): Dispatch {
  const table = new Map(Object.entries(handlers));
  return (method, params) => {
    const handler = table.get(method);
    if (handler === undefined) {
      throw new RpcFault(RpcErrorCode.MethodNotFound, `Method not found: ${method.slice(0, 200)}`);
    }
    return handler(params);
  };
}
