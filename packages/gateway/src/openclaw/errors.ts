import { type OpenClawError, RpcErrorCode } from '@deskclaw/protocol';
import type { RpcFault } from '../errors.ts';

/** Converts a fault to an OpenClaw error. */
export function toOpenClawError(fault: RpcFault): OpenClawError {
  const { code, message, data } = fault;
  const details = data === undefined ? {} : { details: data };
  switch (code) {
    case RpcErrorCode.PermissionDenied:
      return { code: 'FORBIDDEN', message, ...details };
    case RpcErrorCode.NotFound:
      return { code: 'NOT_FOUND', message, ...details };
    case RpcErrorCode.RateLimited:
    case RpcErrorCode.ServerError:
    case RpcErrorCode.Timeout:
      return { code: 'UNAVAILABLE', message, retryable: true, ...details };
    case RpcErrorCode.InternalError:
    case RpcErrorCode.NotConnected:
      return { code: 'UNAVAILABLE', message, ...details };
    case RpcErrorCode.ParseError:
    case RpcErrorCode.InvalidRequest:
    case RpcErrorCode.MethodNotFound:
    case RpcErrorCode.InvalidParams:
    case RpcErrorCode.AuthRequired:
      return { code: 'INVALID_REQUEST', message, ...details };
    default:
      return code satisfies never;
  }
}

/** An error answer with the code and message of OpenClaw. */
export class OpenClawFault extends Error {
  override readonly name = 'Refusal';
  readonly error: OpenClawError;

  constructor(error: OpenClawError) {
    super(error.message);
    this.error = error;
  }
}
