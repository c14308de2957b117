import type { Clock } from '@deskclaw/core/client';

/**
 * This much between two pictures is more than anyone reads. It is then shown in fewer and larger steps, which leaves the
 * page its time: at 2,000 events a second that saves half of the work.
 */
const BURST_SIZE = 10;
const BURST_PAUSE_MS = 50;
/** On a busy machine a picture costs more, and so does its rest: at most a third of the time goes into pictures. */
const PAUSE_PER_RENDER_COST = 2;
/** However slow the machine is, what is shown is not older than this. */
const MAX_PAUSE_MS = 500;

export interface RenderSchedulerPorts {
  readonly clock: Clock;
  readonly nextFrame: (run: () => void) => () => void;
}

/** Decides when what came in is shown: with the next picture, or a little later in a flood. */
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
    const begun = this.#ports.clock.now();
    this.#restUntil = begun + BURST_PAUSE_MS;
    this.#cancelMeasure?.();
    // The next picture can begin when this one is done, with all that it costs: scripts, layout, paint.
    this.#cancelMeasure = this.#ports.nextFrame(() => {
      this.#cancelMeasure = undefined;
      const done = this.#ports.clock.now();
      const rest = Math.min((done - begun) * PAUSE_PER_RENDER_COST, MAX_PAUSE_MS);
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
