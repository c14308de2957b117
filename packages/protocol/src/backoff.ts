export interface BackoffPolicy {
  /** The delay before the first retry, ms; doubles with each further attempt. */
  readonly baseDelayMs: number;
  readonly maxDelayMs: number;
}

/** Beyond 2^52 a doubling changes no delay that any clock can hold, and 2^1024 would be Infinity. */
const MAX_EXPONENT = 52;

/**
 * Returns the delay before retry number `attempt` (from 1), ms: exponential with equal jitter. Half of the delay is fixed, half
 * random: a thousand clients of one gateway come back spread out, none at once, none late.
 * @param random uniform in [0, 1).
 */
export function backoffDelay({ baseDelayMs, maxDelayMs }: BackoffPolicy, attempt: number, random: number): number {
  const exponent = Math.min(Math.max(0, attempt - 1), MAX_EXPONENT);
  const full = Math.min(maxDelayMs, baseDelayMs * 2 ** exponent);
  return full / 2 + (full / 2) * random;
}
