import type { GatewayStatus } from '@deskclaw/protocol';

/** A gateway is back when it stays up for so long, as in the history: what fails before that is the same interruption. */
const BACK_AFTER_MS = 2_000;

/** Counts interruptions that nobody asked for, by the changes of the status. */
export class IncidentCounter {
  readonly #now: () => number;
  #count = 0;
  /** `down`: within an interruption. `idle`: stopped, or not up yet. */
  #phase: 'idle' | 'up' | 'down' = 'idle';
  #upSince = 0;
  /** Whether the time up follows an interruption. */
  #isBack = false;

  /** @param now monotonic ms */
  constructor(now: () => number) {
    this.#now = now;
  }

  get count(): number {
    return this.#count;
  }

  note({ state }: Pick<GatewayStatus, 'state'>): void {
    switch (state) {
      case 'running':
        if (this.#phase === 'up') return;
        this.#isBack = this.#phase === 'down';
        this.#phase = 'up';
        this.#upSince = this.#now();
        return;
      case 'reconnecting':
      case 'starting':
      case 'error':
        if (this.#phase !== 'up') return;
        this.#phase = 'down';
        if (!this.#isBack || this.#now() - this.#upSince >= BACK_AFTER_MS) this.#count += 1;
        return;
      case 'stopping':
      case 'stopped':
        this.#phase = 'idle';
        return;
      default:
        state satisfies never;
    }
  }
}
