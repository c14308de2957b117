/** JSON-RPC's own codes, and the gateway's in the range the specification leaves to servers. */
export const RpcErrorCode = {
  ParseError: -32700,
  InvalidRequest: -32600,
  MethodNotFound: -32601,
  InvalidParams: -32602,
  InternalError: -32603,
  ServerError: -32000,
  NotConnected: -32001,
  AuthRequired: -32002,
  PermissionDenied: -32003,
  NotFound: -32004,
  Timeout: -32005,
  RateLimited: -32006,
} as const;
export type RpcErrorCode = (typeof RpcErrorCode)[keyof typeof RpcErrorCode];

/** Envelopes of JSON-RPC 2.0 (https://www.jsonrpc.org/specification). */
import { isObject } from './json.ts';

/** Matched by exact value and type: `1` and `'1'` are two ids, and `0` and `''` are ids too. */
export type RpcId = string | number | null;
export type RpcParams = readonly unknown[] | Readonly<Record<string, unknown>>;

export interface RpcRequest {
  readonly jsonrpc: '2.0';
  readonly id: RpcId;
  readonly method: string;
  readonly params?: RpcParams;
}
export interface RpcNotification {
  readonly jsonrpc: '2.0';
  readonly method: string;
  readonly params?: RpcParams;
}
export interface RpcErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}
export interface RpcSuccess {
  readonly jsonrpc: '2.0';
  readonly id: RpcId;
  readonly result: unknown;
}
export interface RpcFailure {
  readonly jsonrpc: '2.0';
  readonly id: RpcId;
  readonly error: RpcErrorObject;
}
export type RpcResponse = RpcSuccess | RpcFailure;
export type RpcMessage = RpcRequest | RpcNotification | RpcResponse;

function isId(value: unknown): value is RpcId {
  return value === null || typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
}

function isParams(value: unknown): value is RpcParams | undefined {
  return value === undefined || (typeof value === 'object' && value !== null);
}

export function isRpcErrorObject(value: unknown): value is RpcErrorObject {
  return isObject(value) && Number.isInteger(value['code']) && typeof value['message'] === 'string';
}

export function isRpcRequest(value: unknown): value is RpcRequest {
  return (
    isObject(value) &&
    value['jsonrpc'] === '2.0' &&
    typeof value['method'] === 'string' &&
    'id' in value &&
    isId(value['id']) &&
    isParams(value['params'])
  );
}

export function isRpcNotification(value: unknown): value is RpcNotification {
  return (
    isObject(value) &&
    value['jsonrpc'] === '2.0' &&
    typeof value['method'] === 'string' &&
    !('id' in value) &&
    isParams(value['params'])
  );
}

/** A response carries exactly one of `result` and `error`; one with both or neither is not a response. */
export function isRpcResponse(value: unknown): value is RpcResponse {
  if (!isObject(value) || value['jsonrpc'] !== '2.0' || 'method' in value) return false;
  if (!('id' in value) || !isId(value['id'])) return false;
  return 'result' in value ? !('error' in value) : isRpcErrorObject(value['error']);
}

export function isRpcFailure(response: RpcResponse): response is RpcFailure {
  return 'error' in response;
}

export function createRequest(id: RpcId, method: string, params?: RpcParams): RpcRequest {
  return params === undefined ? { jsonrpc: '2.0', id, method } : { jsonrpc: '2.0', id, method, params };
}

export function createNotification(method: string, params?: RpcParams): RpcNotification {
  return params === undefined ? { jsonrpc: '2.0', method } : { jsonrpc: '2.0', method, params };
}

export function createSuccess(id: RpcId, result: unknown): RpcSuccess {
  // JSON has no undefined, and a response without `result` would not be a response.
  return { jsonrpc: '2.0', id, result: result === undefined ? null : result };
}

export function createFailure(id: RpcId, error: RpcErrorObject): RpcFailure {
  return { jsonrpc: '2.0', id, error };
}
