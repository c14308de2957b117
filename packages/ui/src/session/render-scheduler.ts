import type { Clock } from '@deskclaw/core/client';

/**
 * More events per frame than anyone can read count as a burst, which is rendered in fewer, larger steps. At 2,000
 * events a second that saves half of the work.
 */
const BURST_SIZE = 10;
const BURST_PAUSE_MS = 50;
/** The pause grows with the frame cost: at most a third of the time goes into rendering. */
const PAUSE_PER_RENDER_COST = 2;
/** Upper bound of the pause: what is shown is never older than this. */
const MAX_PAUSE_MS = 500;

export interface RenderSchedulerPorts {
  readonly clock: Clock;
  readonly nextFrame: (run: () => void) => () => void;
}

/** Schedules rendering: with the next frame, or a little later during a burst. */
export class RenderScheduler {
  readonly #ports: RenderSchedulerPorts;
  readonly #paint: () => void;
  #cancel: (() => void) | undefined;
  #restUntil = 0;
  #cancelMeasure: (() => void) | undefined;

  constructor(ports: RenderSchedulerPorts, paint: () => void) {
    this.#ports = ports;
    this.#paint = paint;
  }

  request(): void {
    if (this.#cancel === undefined) this.#wait();
  }

  /** `size`: how many things were shown at once. */
  rendered(size: number): void {
    if (size < BURST_SIZE) return;
    const startedAt = this.#ports.clock.now();
    this.#restUntil = startedAt + BURST_PAUSE_MS;
    this.#cancelMeasure?.();
    // The next frame callback runs once this frame is done, so the difference is its full cost: scripts, layout, paint.
    this.#cancelMeasure = this.#ports.nextFrame(() => {
      this.#cancelMeasure = undefined;
      const done = this.#ports.clock.now();
      const rest = Math.min((done - startedAt) * PAUSE_PER_RENDER_COST, MAX_PAUSE_MS);
      this.#restUntil = Math.max(this.#restUntil, done + rest);
    });
  }

  cancel(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  close(): void {
    this.cancel();
    this.#cancelMeasure?.();
  }

  #wait(): void {
    const isPainting = this.#cancelMeasure !== undefined;
    const rest = isPainting ? BURST_PAUSE_MS : this.#restUntil - this.#ports.clock.now();
    this.#cancel = rest <= 0 ? this.#schedule() : this.#ports.clock.schedule(rest, () => this.#wait());
  }

  #schedule(): () => void {
    return this.#ports.nextFrame(() => {
      this.cancel();
      this.#paint();
    });
  }
}
