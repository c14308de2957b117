import { describeProblem, isObject, type Problem, RpcErrorCode } from '@deskclaw/protocol';
import type { PeerError } from '../dialect/incoming.ts';
import type { Call } from './call.ts';
import { GatewayError, type RequestOutcome } from './gateway-error.ts';

/** What is known of a call that fails before its answer: nothing was sent, or it was and we cannot tell. */
function outcomeOf(call: Call): RequestOutcome {
  return call.state === 'queued' ? 'not-sent' : 'unknown';
}

export function timedOut(call: Call, waitedMs: number, at: number): GatewayError {
  const sent = call.state !== 'queued';
  const facts = { method: call.method, timeoutMs: Math.round(waitedMs), sent };
  return new GatewayError(describeProblem('request.timeout', facts, at), { outcome: outcomeOf(call) });
}

export function cancelled(call: Call, reason: unknown, at: number): GatewayError {
  const problem = describeProblem('request.cancelled', { method: call.method }, at);
  return new GatewayError(problem, { outcome: outcomeOf(call), cause: reason });
}

export function overloaded(limit: string, at: number): GatewayError {
  return new GatewayError(describeProblem('request.overloaded', { limit }, at), { outcome: 'not-sent' });
}

export function unusable(method: string, why: string, at: number): GatewayError {
  const problem = describeProblem('request.invalid', { detail: `"${method}": ${why}` }, at);
  return new GatewayError(problem, { outcome: 'not-sent' });
}

export function tooLarge(method: string, limit: number, at: number): GatewayError {
  return unusable(method, `the gateway takes messages of at most ${String(limit)} bytes, and this one is larger.`, at);
}

export function lost(call: Call, problem: Problem): GatewayError {
  return new GatewayError(problem, { outcome: outcomeOf(call) });
}

function describeAnswer(method: string, error: PeerError, at: number): Problem {
  const { code, message, data } = error;
  if (code === RpcErrorCode.MethodNotFound || (code === 'INVALID_REQUEST' && message.startsWith('unknown method'))) {
    return describeProblem('method.not-offered', { method }, at);
  }
  const missing = isObject(data) ? data['missingScope'] : undefined;
  if (typeof missing === 'string') return describeProblem('auth.scope-missing', { missing: [missing], method }, at);
  return describeProblem('rpc.error', { method, code, message }, at);
}

/** The peer's own error, its code and data kept. */
export function answeredWith(method: string, error: PeerError, at: number): GatewayError {
  return new GatewayError(describeAnswer(method, error, at), { rpc: error, outcome: 'answered' });
}
