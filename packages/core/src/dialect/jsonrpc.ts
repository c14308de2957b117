import {
  isObject,
  isOpenClawResponse,
  isRpcFailure,
  isRpcResponse,
  parseJson,
  RpcErrorCode,
  type RpcFailure,
} from '@deskclaw/protocol';
import type { Dialect, Handshake, HandshakeInput, HandshakeStep, ShutdownNotice } from './dialect.ts';
import { isChallenge } from './incoming.ts';
import { jsonRpcCodec } from './jsonrpc-codec.ts';
import type { Refusal } from './refusal.ts';

// Strings, because the ids of requests are numbers: a late answer to the handshake can never be taken for theirs.
const LOGIN_ID = 'login';
const HEALTH_ID = 'health';
const PROBE_METHOD = 'system.health';

type Phase = 'idle' | 'login' | 'health' | 'done';

function call(id: string, method: string, params?: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) });
}

function retryAfter(data: unknown): number | undefined {
  const ms = isObject(data) ? data['retryAfterMs'] : undefined;
  return typeof ms === 'number' && Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

function readRefusal(failure: RpcFailure, hasToken: boolean): Refusal | undefined {
  const { code, message, data } = failure.error;
  const retryAfterMs = retryAfter(data);
  const floor = retryAfterMs === undefined ? {} : { retryAfterMs };
  switch (code) {
    case RpcErrorCode.AuthRequired:
    case RpcErrorCode.PermissionDenied:
      return { kind: hasToken ? 'token-mismatch' : 'token-missing', message };
    case RpcErrorCode.RateLimited:
      return { kind: 'rate-limited', ...floor };
    case RpcErrorCode.NotConnected:
      return { kind: 'starting', message, ...floor };
    default:
      return retryAfterMs === undefined ? undefined : { kind: 'starting', message, retryAfterMs };
  }
}

/** The first RPC is the handshake: any answer from the method router, even "no such method", proves that RPC works. */
class JsonRpcHandshake implements Handshake {
  readonly #token: string | undefined;
  #phase: Phase = 'idle';

  constructor(input: HandshakeInput) {
    this.#token = input.credentials.token;
  }

  begin(): HandshakeStep {
    if (this.#token === undefined) return this.#askHealth();
    this.#phase = 'login';
    return { kind: 'wait', send: call(LOGIN_ID, 'auth.login', { token: this.#token }) };
  }

  silent(): HandshakeStep {
    return { kind: 'wait' };
  }

  receive(text: string): HandshakeStep {
    const frame = parseJson(text);
    // A gateway of both dialects challenges everyone, and goes on with those who take no notice; one that answers in the
    // other dialect has none of ours.
    if (isChallenge(frame)) return { kind: 'wait' };
    if (isOpenClawResponse(frame)) return { kind: 'refused', refusal: { kind: 'other-dialect', speaks: 'openclaw' } };
    if (!isRpcResponse(frame)) return { kind: 'queue' };
    if (frame.id === LOGIN_ID && this.#phase === 'login')
      return this.#readLogin(isRpcFailure(frame) ? frame : undefined);
    if (frame.id !== HEALTH_ID || this.#phase !== 'health') return { kind: 'queue' };
    this.#phase = 'done';
    if (!isRpcFailure(frame)) return this.#accept(frame.result);
    const refusal = readRefusal(frame, this.#token !== undefined);
    return refusal === undefined ? this.#accept(undefined) : { kind: 'refused', refusal };
  }

  #askHealth(): HandshakeStep {
    this.#phase = 'health';
    return { kind: 'wait', send: call(HEALTH_ID, PROBE_METHOD) };
  }

  #readLogin(failure: RpcFailure | undefined): HandshakeStep {
    // A gateway without logins needs no token; whether it lets us in is for the next answer to say.
    if (failure === undefined || failure.error.code === RpcErrorCode.MethodNotFound) return this.#askHealth();
    const refusal = readRefusal(failure, true) ?? { kind: 'token-mismatch', message: failure.error.message };
    return { kind: 'refused', refusal };
  }

  #accept(health: unknown): HandshakeStep {
    const version = isObject(health) ? health['version'] : undefined;
    return { kind: 'accepted', session: { dialect: 'jsonrpc', ...(typeof version === 'string' ? { version } : {}) } };
  }
}

function readNotice(method: string, params: unknown): ShutdownNotice | undefined {
  if (method !== 'gateway.status_changed' || !isObject(params)) return undefined;
  if (params['state'] !== 'stopping' && params['state'] !== 'restarting') return undefined;
  const { reason, restartExpectedMs } = params;
  return {
    reason: typeof reason === 'string' ? reason : params['state'],
    ...(typeof restartExpectedMs === 'number' && restartExpectedMs >= 0 ? { restartExpectedMs } : {}),
  };
}

export const jsonRpc: Dialect = {
  name: 'jsonrpc',
  codec: jsonRpcCodec,
  probeMethod: PROBE_METHOD,
  createHandshake: (input) => new JsonRpcHandshake(input),
  readCloseRefusal: () => undefined,
  readNotice,
};
