import { type BackoffPolicy, backoffDelay } from '@deskclaw/protocol';

/** Bounds for the delay that a peer asks for: 0 ms would hammer it, a year would end the retries. */
const SHORTEST_FLOOR_MS = 100;
const LONGEST_FLOOR_MS = 300_000;

const BOOT_FIRST_MS = 10;
const BOOT_SLOWEST_MS = 250;
/** The wait between two tries is this part of the boot so far, so that trying costs a boot at most 2 % of its time. */
const BOOT_SHARE = 1 / 50;

/** How soon after a try a hint (the child printed something) may cause the next. */
export const RETRY_SOON_GAP_MS = 10;

/** Returns the delay before reconnect number `attempt`, from 1: exponential with equal jitter, capped. `retry-decision.ts` counts the attempts. */
export function reconnectDelay(policy: BackoffPolicy, attempt: number, random: number): number {
  return backoffDelay(policy, attempt, random);
}

/** Never less than the peer asked for; up to a quarter more, because it asked everybody for the same. */
export function peerDelay(ms: number, random: number): number {
  return Math.min(LONGEST_FLOOR_MS, Math.max(SHORTEST_FLOOR_MS, ms)) * (1 + random / 4);
}

/** Spreads the probes of an exhausted connection by a tenth, so that a thousand clients do not stay in step. */
export function slowDelay(everyMs: number, random: number): number {
  return everyMs * (1 - random / 10);
}

export function bootDelay(bootingForMs: number): number {
  return Math.min(BOOT_SLOWEST_MS, Math.max(BOOT_FIRST_MS, bootingForMs * BOOT_SHARE));
}
