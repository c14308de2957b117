import type { Clock } from '@deskclaw/core';

/** A model may think for minutes without a word, so nothing is judged by it; but whoever waits should know that he does. */
export const SILENCE_MS = 30_000;

/** Says once for each silence of a run that there is one. */
export class SilenceNotice {
  readonly #clock: Pick<Clock, 'schedule'>;
  readonly #notify: () => void;
  #cancel: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'schedule'>, notify: () => void) {
    this.#clock = clock;
    this.#notify = notify;
    this.restart();
  }

  /** There was a sign of the run. */
  restart(): void {
    this.close();
    this.#cancel = this.#clock.schedule(SILENCE_MS, this.#notify);
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}
