import { RpcErrorCode } from '@deskclaw/protocol';
import type { ParamFault } from './params/guard.ts';

/** Thrown to answer a request with an error. JSON-RPC sends it as it is; OpenClaw converts it. */
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

/** The disk rejected the write: nothing was changed. */
export function notSaved(what: string, fault: unknown): RpcFault {
  const why = fault instanceof Error ? fault.message : String(fault);
  return new RpcFault(RpcErrorCode.ServerError, `${what} could not be saved: ${why}`);
}

/** Why a gateway could not begin. `exitCode` follows sysexits: 78 is configuration, 1 anything else. */
export class StartProblem extends Error {
  override readonly name = 'StartProblem';
  readonly exitCode: 1 | 78;

  constructor(message: string, exitCode: 1 | 78) {
    super(message);
    this.exitCode = exitCode;
  }
}
