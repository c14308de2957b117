import type { AbortSignal } from '../ports/abort-signal.ts';
/**
 * What happens to a request while there is no connection: fail at once, or wait for one, within its timeout and the queue's
 * limits. Where none is to come (closed, paused, exhausted) it fails at once either way.
 */
export type WhenDisconnected = 'reject' | 'wait';

/** How numbers in JSON are read. */
export type NumberReading = 'double' | 'as-written';

export interface RequestOptions {
  /** Finite and positive, ms. Default: the connection's (30000). */
  readonly timeoutMs?: number;
  /** Rejects at once with `request.cancelled`, tells the peer where the dialect can, and forgets the answer. */
  readonly signal?: AbortSignal;
  /**
   * Put into `params.idempotencyKey`. A request that has one (there or here) may be sent again after a lost connection,
   * because the peer then makes two sendings one effect.
   */
  readonly idempotencyKey?: string;
  /** Called for each sign of progress; every one starts `timeoutMs` afresh, never past `maxTotalMs`. */
  readonly onProgress?: (value: unknown) => void;
  /** Bounds a request that keeps reporting progress, ms from the call. Default ten times `timeoutMs`; 1 h where a final answer is awaited. */
  readonly maxTotalMs?: number;
  /**
   * Resolve with the final answer where the peer first accepts and later answers (OpenClaw's `agent`). Default: true for `agent`.
   * Where the connection was lost between the two, the answer may be only how it ended: `{ runId, status: 'ok', endedAt }`.
   */
  readonly expectFinal?: boolean;
  /**
   * `as-written`: numbers of the result that a double would change are values that only `JSON.stringify` can read, and writes as
   * the peer did (from Node 22 on). Default `double`.
   */
  readonly numbers?: NumberReading;
  /** Default: the connection's (`reject`). */
  readonly whenDisconnected?: WhenDisconnected;
}

/** Room for calls in flight is made in advance; this much of it takes 16 MiB. */
export const MOST_IN_FLIGHT = 1_048_576;

export interface RequestLimits {
  readonly timeoutMs: number;
  readonly whenDisconnected: WhenDisconnected;
  /** Written and not answered, from 1 to 1048576. More wait in the queue. */
  readonly maxInFlight: number;
  readonly maxQueued: number;
  readonly maxQueuedBytes: number;
  /** Above this many unsent bytes in the socket, requests wait in the queue. */
  readonly highWaterMark: number;
  /** Requests of the peer that may run at once. */
  readonly maxServing: number;
}

export const defaultLimits: RequestLimits = {
  timeoutMs: 30_000,
  whenDisconnected: 'reject',
  maxInFlight: 1_024,
  maxQueued: 256,
  maxQueuedBytes: 8 * 1024 * 1024,
  highWaterMark: 4 * 1024 * 1024,
  maxServing: 128,
};
