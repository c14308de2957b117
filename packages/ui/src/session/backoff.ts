const BASE = 250;
const LONGEST = 5_000;

/**
 * How long to wait before looking for the host again, ms: doubles from 250 ms to 5 s, half of it random.
 * The host is on this machine, so looking is cheap; the jitter keeps many tabs apart.
 * @param failures in a row, from 1.
 * @param random uniform in [0, 1).
 */
export function retryDelay(failures: number, random: number): number {
  const full = Math.min(LONGEST, BASE * 2 ** Math.min(failures - 1, 10));
  return Math.round(full / 2 + (full / 2) * random);
}
