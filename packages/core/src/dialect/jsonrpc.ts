import { isObject, isOpenClawResponse, parseJson, RpcErrorCode } from '@deskclaw/protocol';
import type { Dialect, Handshake, HandshakeInput, HandshakeStep, ShutdownNotice } from './dialect.ts';
import { isChallenge, type PeerError } from './incoming.ts';
import { defaultReadyRequest, type ReadyCheck, readyRequestOf } from './ready-check.ts';
import type { Refusal } from './refusal.ts';
import { type ReplyOutcome, readReplyOutcome, tolerantJsonRpcCodec } from './tolerant-reading.ts';

// Strings, because the ids of requests are numbers: a late answer to the handshake can never be taken for theirs.
const LOGIN_ID = 'login';
const HEALTH_ID = 'health';
/** How long to leave a gateway that answers the request of `ready` with an error. */
const NOT_READY_MS = 500;

type Phase = 'idle' | 'login' | 'health' | 'done';

function call(id: string, method: string, params?: object): string {
  return JSON.stringify({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) });
}

function retryAfter(data: unknown): number | undefined {
  const ms = isObject(data) ? data['retryAfterMs'] : undefined;
  return typeof ms === 'number' && Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

/**
 * Codes between -32099 and -32000 mean what each server says they mean: -32002 is "server not initialized" in the Language
 * Server Protocol and "resource unavailable" in Ethereum. They count as the gateway protocol's only with words to match.
 */
const words = {
  auth: /auth|token|log[ -]?in|credential|passw|permission|denied|forbidden|pairing|scope/i,
  starting: /not (yet )?(connected|ready)|start|connecting|warming|booting|loading|unavailable yet/i,
  limited: /rate|limit|too many|throttl|slow|wait|later/i,
} as const;

function readRefusal({ code, message, data }: PeerError, hasToken: boolean): Refusal | undefined {
  const retryAfterMs = retryAfter(data);
  const floor = retryAfterMs === undefined ? {} : { retryAfterMs };
  const means = (pattern: RegExp): boolean => retryAfterMs !== undefined || pattern.test(message);
  switch (code) {
    case RpcErrorCode.AuthRequired:
    case RpcErrorCode.PermissionDenied:
      return words.auth.test(message) ? { kind: hasToken ? 'token-mismatch' : 'token-missing', message } : undefined;
    case RpcErrorCode.RateLimited:
      return means(words.limited) ? { kind: 'rate-limited', ...floor } : undefined;
    case RpcErrorCode.NotConnected:
      return means(words.starting) ? { kind: 'starting', message, ...floor } : undefined;
    default:
      return retryAfterMs === undefined ? undefined : { kind: 'starting', message, retryAfterMs };
  }
}

/** A server that takes only numbers for ids answers our text with an error under the id null: an answer all the same. */
function isReplyTo(frame: Readonly<Record<string, unknown>>, id: string | undefined): boolean {
  return frame['id'] === id || (id === HEALTH_ID && frame['id'] === null && isObject(frame['error']));
}

/** A gateway without logins says that it has no such method, or that it is not ready for any. */
function hasNoLogin({ code, message }: PeerError): boolean {
  return code === RpcErrorCode.MethodNotFound || (code === RpcErrorCode.AuthRequired && !words.auth.test(message));
}

/** The first RPC is the handshake: any answer from the method router, even "no such method", proves that RPC works. */
class JsonRpcHandshake implements Handshake {
  readonly #token: string | undefined;
  readonly #ready: ReadyCheck;
  #phase: Phase = 'idle';

  constructor({ credentials, ready = 'auto' }: HandshakeInput) {
    this.#token = credentials.token;
    this.#ready = ready;
  }

  begin(): HandshakeStep {
    if (this.#token === undefined) return this.#askReady();
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
    if (!isObject(frame)) return { kind: 'queue' };
    const awaited = this.#phase === 'login' ? LOGIN_ID : this.#phase === 'health' ? HEALTH_ID : undefined;
    const outcome = isReplyTo(frame, awaited) ? readReplyOutcome(frame) : undefined;
    if (awaited === undefined || outcome === undefined) return { kind: 'queue' };
    return awaited === LOGIN_ID ? this.#readLogin(outcome) : this.#readReady(outcome);
  }

  #askReady(): HandshakeStep {
    const request = readyRequestOf(this.#ready);
    if (request === undefined) return this.#accept(undefined);
    this.#phase = 'health';
    return { kind: 'wait', send: call(HEALTH_ID, request.method, request.params) };
  }

  #readLogin(outcome: ReplyOutcome): HandshakeStep {
    // A gateway without logins needs no token; whether it lets us in is for the next answer to say.
    if (outcome.kind === 'result' || hasNoLogin(outcome.error)) return this.#askReady();
    const { message } = outcome.error;
    return { kind: 'refused', refusal: readRefusal(outcome.error, true) ?? { kind: 'token-mismatch', message } };
  }

  #readReady(outcome: ReplyOutcome): HandshakeStep {
    this.#phase = 'done';
    if (outcome.kind === 'result') return this.#accept(outcome.value);
    const refusal = readRefusal(outcome.error, this.#token !== undefined) ?? this.#notReady(outcome.error);
    return refusal === undefined ? this.#accept(undefined) : { kind: 'refused', refusal };
  }

  /** Any answer proves that a gateway routes requests; of a request that the user chose, only its result does. */
  #notReady({ code, message }: PeerError): Refusal | undefined {
    if (typeof this.#ready === 'string') return undefined;
    const { method } = this.#ready;
    // A method that does not exist will not exist later either.
    if (code === RpcErrorCode.MethodNotFound) return { kind: 'rejected', method, code, message };
    return { kind: 'rejected', method, code, message, retryAfterMs: NOT_READY_MS };
  }

  #accept(health: unknown): HandshakeStep {
    this.#phase = 'done';
    const version = isObject(health) && this.#ready === 'auto' ? health['version'] : undefined;
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
  codec: tolerantJsonRpcCodec,
  probeMethod: defaultReadyRequest.method,
  createHandshake: (input) => new JsonRpcHandshake(input),
  readCloseRefusal: () => undefined,
  readNotice,
};
