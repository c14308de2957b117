import { backoffDelay } from '@deskclaw/protocol';

/** When the crashes of the window happened, oldest first; monotonic ms. */
export type CrashLedger = readonly number[];

export interface CrashPolicy {
  /** More than this many crashes within `windowMs` end automatic restarts. Default 5. */
  readonly maxCrashes: number;
  /** Default 300000. */
  readonly windowMs: number;
  /** Running this long wipes the slate clean. Default 60000. */
  readonly stableAfterMs: number;
  /** The pause before the second respawn in a window; doubles from there. Default 500. */
  readonly baseDelayMs: number;
  /** Default 30000. */
  readonly maxDelayMs: number;
}

/** `crash.loop`: no respawn follows, and `recordFailure` of `recovery.ts` reports the problem of that code. */
export type RestartVerdict = { readonly kind: 'respawn'; readonly delayMs: number } | { readonly kind: 'crash.loop' };

export interface CrashCount {
  readonly ledger: CrashLedger;
  readonly verdict: RestartVerdict;
}

/** How long before respawn number `crashes` of a window: at once for the first, then doubling. */
export function respawnDelay(crashes: number, policy: CrashPolicy, random: number): number {
  return crashes <= 1 ? 0 : backoffDelay(policy, crashes - 1, random);
}

/** Counts one more crash. @param random uniform in [0, 1). */
export function countCrash(ledger: CrashLedger, at: number, policy: CrashPolicy, random: number): CrashCount {
  const counted = [...ledger.filter((crash) => at - crash < policy.windowMs), at];
  return counted.length > policy.maxCrashes
    ? { ledger: counted, verdict: { kind: 'crash.loop' } }
    : { ledger: counted, verdict: { kind: 'respawn', delayMs: respawnDelay(counted.length, policy, random) } };
}
