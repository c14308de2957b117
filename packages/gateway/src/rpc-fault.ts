import { RpcErrorCode } from '@deskclaw/protocol';
import type { ParamFault } from './params/guard.ts';

/** A request that is answered with an error: JSON-RPC sends it as it is, OpenClaw in its own words. */
export class RpcFault extends Error {
  override readonly name = 'RpcFault';
  readonly code: RpcErrorCode;
  readonly data: unknown;

  constructor(code: RpcErrorCode, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}

export function invalidParams(method: string, fault: ParamFault): RpcFault {
  const where = fault.path === '' ? 'params' : `params${fault.path}`;
  return new RpcFault(RpcErrorCode.InvalidParams, `${method}: ${where} ${fault.problem}`, {
    path: fault.path,
    problem: fault.problem,
  });
}

export function notFound(what: string, id: string): RpcFault {
  return new RpcFault(RpcErrorCode.NotFound, `there is no ${what} "${id.slice(0, 200)}"`, { [what]: id.slice(0, 200) });
}

/** The disk refused: nothing was changed. */
export function notSaved(what: string, fault: unknown): RpcFault {
  const why = fault instanceof Error ? fault.message : String(fault);
  return new RpcFault(RpcErrorCode.ServerError, `${what} could not be saved: ${why}`);
}
