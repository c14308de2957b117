import type { Clock } from '@deskclaw/core/client';

/**
 * This much between two pictures is more than anyone reads. It is then shown in fewer and larger steps, which leaves the
 * page its time: at 2,000 events a second that saves half of the work.
 */
const FLOOD = 10;
const FLOOD_REST_MS = 50;
/** On a busy machine a picture costs more, and so does its rest: at most a third of the time goes into pictures. */
const REST_PER_COST = 2;
/** However slow the machine is, what is shown is not older than this. */
const LONGEST_REST_MS = 500;

export interface PainterPorts {
  readonly clock: Clock;
  readonly nextFrame: (run: () => void) => () => void;
}

/** Decides when what came in is shown: with the next picture, or a little later in a flood. */
export class Painter {
  readonly #ports: PainterPorts;
  readonly #paint: () => void;
  #cancel: (() => void) | undefined;
  #restUntil = 0;
  #cancelMeasure: (() => void) | undefined;

  constructor(ports: PainterPorts, paint: () => void) {
    this.#ports = ports;
    this.#paint = paint;
  }

  request(): void {
    if (this.#cancel === undefined) this.#wait();
  }

  /** `size`: how many things were shown at once. */
  painted(size: number): void {
    if (size < FLOOD) return;
    const begun = this.#ports.clock.now();
    this.#restUntil = begun + FLOOD_REST_MS;
    this.#cancelMeasure?.();
    // The next picture can begin when this one is done, with all that it costs: scripts, layout, paint.
    this.#cancelMeasure = this.#ports.nextFrame(() => {
      this.#cancelMeasure = undefined;
      const done = this.#ports.clock.now();
      const rest = Math.min((done - begun) * REST_PER_COST, LONGEST_REST_MS);
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
    const rest = isPainting ? FLOOD_REST_MS : this.#restUntil - this.#ports.clock.now();
    this.#cancel = rest <= 0 ? this.#schedule() : this.#ports.clock.schedule(rest, () => this.#wait());
  }

  #schedule(): () => void {
    return this.#ports.nextFrame(() => {
      this.cancel();
      this.#paint();
    });
  }
}
