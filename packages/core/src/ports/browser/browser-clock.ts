import type { Clock, Random } from '../clock.ts';

const LONGEST_MS = 2 ** 31 - 1;

/** The page's time. A page that sleeps or is throttled runs its timers late; the connection notices and probes first. */
export const browserClock: Clock = {
  now: () => performance.now(),
  wallTime: () => Date.now(),
  schedule: (delayMs, run) => {
    const timer = setTimeout(run, Math.min(delayMs, LONGEST_MS));
    return () => clearTimeout(timer);
  },
};

export const browserRandom: Random = {
  next: () => Math.random(),
  uuid: () => crypto.randomUUID(),
};
