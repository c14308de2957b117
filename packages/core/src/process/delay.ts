import type { Clock } from '../ports/clock.ts';

/** Waits by the injected clock. Keeps the process alive, because a caller awaits the result. */
export function delay(clock: Clock, ms: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(ms, resolve, { keepAlive: true });
  });
}

/** Waits for `done`, but no longer than `ms`; leaves no timer behind. @returns whether it was done in time. */
export function doneWithin(clock: Clock, done: Promise<void>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const cancel = clock.schedule(ms, () => resolve(false), { keepAlive: true });
    void done.then(() => {
      cancel();
      resolve(true);
    });
  });
}
