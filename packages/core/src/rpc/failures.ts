import { describeProblem, isObject, type Problem, RpcErrorCode } from '@deskclaw/protocol';
import type { PeerError } from '../dialect/incoming.ts';
import { GatewayError, type RequestOutcome } from '../errors/gateway-error.ts';
import type { Call } from './call.ts';
import type { PeerInfo } from './frame-writer.ts';

/** Outcome of a call that fails without an answer: not sent, or unknown because it was sent. */
function outcomeOf(call: Call): RequestOutcome {
  return call.state === 'queued' ? 'not-sent' : 'unknown';
}

export function timedOut(call: Call, waitedMs: number, at: number): GatewayError {
  const sent = call.state !== 'queued';
  const params = { method: call.method, timeoutMs: Math.round(waitedMs), sent };
  return new GatewayError(describeProblem('request.timeout', params, at), { outcome: outcomeOf(call) });
}

export function cancelled(call: Call, reason: unknown, at: number): GatewayError {
  const problem = describeProblem('request.cancelled', { method: call.method }, at);
  return new GatewayError(problem, { outcome: outcomeOf(call), cause: reason });
}

export function overloaded(limit: string, at: number): GatewayError {
  return new GatewayError(describeProblem('request.overloaded', { limit }, at), { outcome: 'not-sent' });
}

export function invalidRequest(method: string, why: string, at: number): GatewayError {
  const problem = describeProblem('request.invalid', { detail: `"${method}": ${why}` }, at);
  return new GatewayError(problem, { outcome: 'not-sent' });
}

export function tooLarge(method: string, limit: number, at: number, call?: Call): GatewayError {
  const why = `the gateway takes messages of at most ${String(limit)} bytes, and this one is larger.`;
  const { problem } = invalidRequest(method, why, at);
  // Another connection may have taken it before.
  return new GatewayError(problem, { outcome: call === undefined ? 'not-sent' : outcomeOf(call) });
}

export function lost(call: Call, problem: Problem): GatewayError {
  return new GatewayError(problem, { outcome: outcomeOf(call) });
}

/** 2026.2 and 2026.5 tell it in a sentence only. */
function missingScope({ message, data }: PeerError): string | undefined {
  const reported = isObject(data) ? data['missingScope'] : undefined;
  return typeof reported === 'string' ? reported : /^missing scope: (\S+)$/.exec(message)?.[1];
}

function isUnknownMethod({ code, message }: PeerError): boolean {
  return code === RpcErrorCode.MethodNotFound || (code === 'INVALID_REQUEST' && message.startsWith('unknown method'));
}

/** The peer's own error, its code and data kept; what it means is read before anything is taken out of it. */
export function answeredWith(
  method: string,
  error: PeerError,
  { version, isUnknown, redact }: PeerInfo,
  at: number,
): GatewayError {
  const rpc = redact === undefined ? error : redact(error);
  const details = { rpc, outcome: 'answered' } as const;
  if (isUnknownMethod(error) && isUnknown !== true) {
    const params = { method, ...(version === undefined ? {} : { version }) };
    return new GatewayError(describeProblem('method.not-offered', params, at), details);
  }
  if (missingScope(error) !== undefined) {
    const missing = [missingScope(rpc) ?? rpc.message];
    return new GatewayError(describeProblem('auth.scope-missing', { missing, method }, at), details);
  }
  const { code, message } = rpc;
  const facts = { method, code, message, ...(isUnknownMethod(error) ? { unknownMethod: true as const } : {}) };
  return new GatewayError(describeProblem('rpc.error', facts, at), details);
}
