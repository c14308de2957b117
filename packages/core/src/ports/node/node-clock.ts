import { randomUUID } from 'node:crypto';
import type { Clock, Random } from '../clock.ts';

/** The longest wait a Node timer takes; a longer one would fire at once. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * The machine's time. Timers are unref'd unless asked to keep the process alive: a heartbeat or a deadline is no reason to
 * live on (its socket is), a wait between two attempts to connect is.
 */
export const nodeClock: Clock = {
  // The first use of `performance` loads `perf_hooks`, about 1 ms of every command.
  now: () => {
    const [seconds, nanoseconds] = process.hrtime();
    return seconds * 1_000 + nanoseconds / 1_000_000;
  },
  wallTime: () => Date.now(),
  schedule: (delayMs, run, options) => {
    const timer = setTimeout(run, Math.min(delayMs, LONGEST_MS));
    if (options?.keepAlive !== true) timer.unref();
    return () => clearTimeout(timer);
  },
};

export const nodeRandom: Random = {
  // Spreads clients over time; it guards nothing, so it need not be unguessable.
  next: () => Math.random(),
  uuid: () => randomUUID(),
};
