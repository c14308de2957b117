import { isIdempotentMethod, isObject } from '@deskclaw/protocol';
import type { NumberReading, RequestLimits, RequestOptions, WhenDisconnected } from './options.ts';

/**
 * `queued`: the peer has not seen the request. `written`: it is on the wire. `interrupted`: it was on a connection that broke,
 * and will be sent again, because a second sending has no second effect.
 */
export type CallState = 'queued' | 'written' | 'interrupted';

/**
 * An outgoing request from call to settlement. The code that removes a call from queue or table settles it, so it
 * settles once.
 */
export interface Call {
  /** The id on the wire; meaningful while the call is written. */
  id: number;
  state: CallState;
  readonly method: string;
  /** JSON text; dropped once written if the call will never be sent again. */
  params: string | undefined;
  readonly startedAt: number;
  readonly timeoutMs: number;
  readonly totalMs: number;
  /** Extended by progress, up to `limit`. */
  deadline: number;
  limit: number;
  /** The peer accepted the request and a final answer follows: only `limit` bounds it. */
  isAccepted: boolean;
  /** Whether the call was sent on another connection before this one. */
  isResent: boolean;
  readonly whenDisconnected: WhenDisconnected;
  /** Whether sending the request a second time has no second effect. */
  readonly idempotent: boolean;
  readonly expectFinal: boolean;
  readonly numbers: NumberReading;
  readonly onProgress: ((value: unknown) => void) | undefined;
  /** Stops listening to the caller's signal; absent where none was given. */
  release: (() => void) | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: Error) => void;
}

export interface PendingCall {
  readonly method: string;
  readonly ageMs: number;
  readonly state: CallState;
}

/** A request that cannot be sent as it is; the message says why, for its caller. */
export class InvalidRequest extends Error {}

function encode(params: object): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(params);
  } catch (error) {
    const why = error instanceof Error ? error.message : 'unknown cause';
    throw new InvalidRequest(`its parameters cannot be said in JSON: ${why}.`);
  }
  // An object with a toJSON of its own may come out as nothing, or as a bare value.
  if (text === undefined || !/^[[{]/.test(text))
    throw new InvalidRequest('its parameters must come out as an object or an array.');
  return text;
}

/** @throws InvalidRequest */
export function encodeParams(params: unknown, idempotencyKey: string | undefined): string | undefined {
  if (params === undefined) return idempotencyKey === undefined ? undefined : encode({ idempotencyKey });
  if (typeof params !== 'object' || params === null) {
    throw new InvalidRequest('parameters must be an object, an array, or left out.');
  }
  if (idempotencyKey === undefined) return encode(params);
  if (!isObject(params)) throw new InvalidRequest('an idempotency key needs parameters that are an object.');
  if (params['idempotencyKey'] !== undefined && params['idempotencyKey'] !== idempotencyKey) {
    throw new InvalidRequest('the idempotency key in its parameters is not the one in its options.');
  }
  return encode({ ...params, idempotencyKey });
}

/** A run of an agent may take long, and OpenClaw reports nothing more under the request's id once it has accepted it. */
const FINAL_ANSWER_MS = 3_600_000;
const PROGRESS_FACTOR = 10;

function checkDuration(name: string, value: number): void {
  if (!(Number.isFinite(value) && value > 0)) {
    throw new InvalidRequest(`${name} must be a finite number of milliseconds above 0, not ${String(value)}.`);
  }
}

function isIdempotent(method: string, params: unknown, key: string | undefined): boolean {
  if (key !== undefined || isIdempotentMethod(method)) return true;
  return isObject(params) && typeof params['idempotencyKey'] === 'string';
}

/** @throws InvalidRequest */
export function createCall(
  limits: RequestLimits,
  now: number,
  method: string,
  params: unknown,
  options: RequestOptions,
  resolve: (value: unknown) => void,
  reject: (error: Error) => void,
): Call {
  const timeoutMs = options.timeoutMs ?? limits.timeoutMs;
  checkDuration('timeoutMs', timeoutMs);
  const expectFinal = options.expectFinal ?? method === 'agent';
  const maxTotalMs = options.maxTotalMs ?? Math.max(timeoutMs * PROGRESS_FACTOR, expectFinal ? FINAL_ANSWER_MS : 0);
  checkDuration('maxTotalMs', maxTotalMs);
  return {
    id: 0,
    state: 'queued',
    method,
    params: encodeParams(params, options.idempotencyKey),
    startedAt: now,
    timeoutMs,
    totalMs: maxTotalMs,
    deadline: now + Math.min(timeoutMs, maxTotalMs),
    limit: now + maxTotalMs,
    isAccepted: false,
    isResent: false,
    whenDisconnected: options.whenDisconnected ?? limits.whenDisconnected,
    idempotent: isIdempotent(method, params, options.idempotencyKey),
    expectFinal,
    numbers: options.numbers ?? 'double',
    onProgress: options.onProgress,
    release: undefined,
    resolve,
    reject,
  };
}

/** Starts the time of the call again: the peer works on it, or nobody could. */
export function renewDeadline(call: Call, now: number): void {
  call.deadline = call.isAccepted ? call.limit : Math.min(now + call.timeoutMs, call.limit);
}
