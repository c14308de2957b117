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
