import { GatewayError } from '@deskclaw/core';
import { type ControlMethodName, type Problem, RpcErrorCode, type RpcErrorObject } from '@deskclaw/protocol';
import { type ControlHandlers, checkParams, isControlMethod } from './params.ts';

/** The shape of `error.data`: carries a problem to the client unchanged. */
export interface ControlErrorData {
  readonly problem: Problem;
  /** The gateway's own error, where it answered with one: code and data as they came. */
  readonly rpc?: { readonly code: number | string; readonly data?: unknown };
  readonly outcome?: GatewayError['outcome'];
}

export type ControlAnswer =
  | { readonly ok: true; readonly result: unknown }
  | { readonly ok: false; readonly error: RpcErrorObject };

function errorOf(error: GatewayError): RpcErrorObject {
  const data: ControlErrorData = {
    problem: error.problem,
    ...(error.rpc === undefined ? {} : { rpc: error.rpc }),
    ...(error.outcome === undefined ? {} : { outcome: error.outcome }),
  };
  const code = typeof error.rpc?.code === 'number' ? error.rpc.code : RpcErrorCode.ServerError;
  return { code, message: error.problem.title, data };
}

async function run<M extends ControlMethodName>(
  handlers: ControlHandlers,
  method: M,
  params: unknown,
): Promise<ControlAnswer> {
  const checked = checkParams(method, params);
  if (!checked.ok) {
    const where = checked.path === '' ? 'params' : `params.${checked.path}`;
    return {
      ok: false,
      error: {
        code: RpcErrorCode.InvalidParams,
        message: `${where}: ${checked.message}`,
        data: { path: checked.path },
      },
    };
  }
  return { ok: true, result: await handlers[method](checked.params) };
}

/**
 * Answers one request of a client by the handlers of `host/host-handlers.ts`. Never rejects: a `GatewayError` keeps its problem, and anything else
 * becomes an internal error without details; the details go to `onFault`.
 */
export async function dispatch(
  handlers: ControlHandlers,
  method: string,
  params: unknown,
  onFault: (error: unknown) => void,
): Promise<ControlAnswer> {
  if (!isControlMethod(method)) {
    return { ok: false, error: { code: RpcErrorCode.MethodNotFound, message: `The host has no method "${method}"` } };
  }
  try {
    return await run(handlers, method, params);
  } catch (error) {
    if (error instanceof GatewayError) return { ok: false, error: errorOf(error) };
    onFault(error);
    return { ok: false, error: { code: RpcErrorCode.InternalError, message: 'The host failed; its log says more' } };
  }
}
