import type { Problem } from '@deskclaw/protocol';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { ProcessIdentity } from '../ports/spawner.ts';
import type { FindCriticalWork } from './launch-plan.ts';

/** A normal start is over after one or two polls. */
const POLL_MS = 5_000;

/** Asks now and then whether a process that is not ready yet does what must not be interrupted. */
export class CriticalWorkWatch {
  readonly #clock: Clock;
  readonly #find: FindCriticalWork | undefined;
  readonly #report: (problem: Problem | undefined) => void;
  #polling: AbortController | undefined;
  #cancel: Cancel | undefined;

  /** @param report called with every answer; `undefined`: the process may be ended. */
  constructor(clock: Clock, find: FindCriticalWork | undefined, report: (problem: Problem | undefined) => void) {
    this.#clock = clock;
    this.#find = find;
    this.#report = report;
  }

  /** Asks `now` for the first time, or after a while; then at intervals until `stop`. */
  start(child: ProcessIdentity, now: boolean): void {
    const find = this.#find;
    if (find === undefined) return;
    this.stop();
    this.#polling = new AbortController();
    const { signal } = this.#polling;
    const poll = async (): Promise<void> => {
      const problem = await find(child, signal).catch(() => undefined);
      if (signal.aborted) return;
      schedule(POLL_MS);
      this.#report(problem);
    };
    const schedule = (delayMs: number): void => {
      this.#cancel = this.#clock.schedule(delayMs, () => void poll());
    };
    schedule(now ? 0 : POLL_MS);
  }

  stop(): void {
    this.#polling?.abort();
    this.#cancel?.();
  }
}
