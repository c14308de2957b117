import { isIdempotentMethod, isObject } from '@deskclaw/protocol';
import { encodeParams, InvalidRequest } from './encode.ts';
import type { RequestLimits, RequestOptions, WhenDisconnected } from './options.ts';

/**
 * `queued`: the peer has not seen it. `written`: it is on the wire. `interrupted`: it was on a wire that broke, and will be
 * sent again because a second sending has no second effect.
 */
export type CallState = 'queued' | 'written' | 'interrupted';

/** One request of ours from call to settlement. Whoever takes it out of queue or table settles it, so it settles once. */
export interface Call {
  /** Its id on the wire; meaningful while it is written. */
  id: number;
  state: CallState;
  readonly method: string;
  /** JSON text; dropped once written where it will never be sent again. */
  params: string | undefined;
  readonly startedAt: number;
  readonly timeoutMs: number;
  readonly totalMs: number;
  /** Progress moves it out, up to `limit`. */
  deadline: number;
  limit: number;
  /** Taken on, the final answer follows: only `limit` bounds it. */
  isAccepted: boolean;
  /** It was on another connection before this one. */
  isResent: boolean;
  readonly whenDisconnected: WhenDisconnected;
  /** A second sending equals the first in effect. */
  readonly idempotent: boolean;
  readonly expectFinal: boolean;
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

/** @throws UnusableRequest */
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
    onProgress: options.onProgress,
    release: undefined,
    resolve,
    reject,
  };
}

/** The peer is at work on it, or nobody could be: it has its time again. */
export function renewDeadline(call: Call, now: number): void {
  call.deadline = call.isAccepted ? call.limit : Math.min(now + call.timeoutMs, call.limit);
}
