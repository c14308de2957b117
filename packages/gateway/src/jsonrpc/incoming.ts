import {
  isObject,
  isRpcNotification,
  isRpcRequest,
  isRpcResponse,
  type RpcId,
  type RpcNotification,
  type RpcRequest,
} from '@deskclaw/protocol';

export type Incoming =
  | { readonly kind: 'request'; readonly request: RpcRequest }
  | { readonly kind: 'notification'; readonly notification: RpcNotification }
  | { readonly kind: 'response' }
  | { readonly kind: 'invalid'; readonly id: RpcId; readonly problem: string };

/** Sorts one member of a frame. What is invalid is answered with its id where it has a usable one, else with null. */
export function sortIncoming(value: unknown): Incoming {
  if (isRpcRequest(value)) return { kind: 'request', request: value };
  if (isRpcNotification(value)) return { kind: 'notification', notification: value };
  if (isRpcResponse(value)) return { kind: 'response' };
  if (!isObject(value)) return { kind: 'invalid', id: null, problem: 'a request must be an object' };
  const id = value['id'];
  return {
    kind: 'invalid',
    id: typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id)) ? id : null,
    problem: problemOf(value),
  };
}

function problemOf(value: Readonly<Record<string, unknown>>): string {
  if (value['jsonrpc'] !== '2.0') return '"jsonrpc" must be "2.0"';
  if (typeof value['method'] !== 'string') return '"method" must be text';
  const params = value['params'];
  if (params !== undefined && (typeof params !== 'object' || params === null))
    return '"params" must be an object or a list';
  return '"id" must be text, a number or null';
}
