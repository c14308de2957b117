import type { Call } from './call.ts';
import type { RequestLimits } from './options.ts';

/** Calls that wait to be written, oldest first. */
export class SendQueue {
  readonly #limits: RequestLimits;
  #calls: Call[] = [];
  #bytes = 0;

  constructor(limits: RequestLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#calls.length;
  }

  /** Returns the name of the limit that has no room for this call, if there is one. */
  fullFor(call: Call): 'maxQueued' | 'maxQueuedBytes' | undefined {
    if (this.#calls.length >= this.#limits.maxQueued) return 'maxQueued';
    return this.#bytes + sizeOf(call) > this.#limits.maxQueuedBytes ? 'maxQueuedBytes' : undefined;
  }

  push(call: Call): void {
    this.#calls.push(call);
    this.#bytes += sizeOf(call);
  }

  shift(): Call | undefined {
    const call = this.#calls.shift();
    if (call !== undefined) this.#bytes -= sizeOf(call);
    return call;
  }

  remove(call: Call): void {
    const index = this.#calls.indexOf(call);
    if (index < 0) return;
    this.#calls.splice(index, 1);
    this.#bytes -= sizeOf(call);
  }

  /**
   * Keeps the calls that pass `keep`, puts `first` before them, and returns those that do not pass. `first` were on the wire
   * before, so they are accepted beyond all limits.
   */
  rebuild(first: readonly Call[], keep: (call: Call) => boolean): Call[] {
    const dropped = this.#calls.filter((call) => !keep(call));
    this.#calls = [...first, ...this.#calls.filter(keep)];
    this.#bytes = this.#calls.reduce((sum, call) => sum + sizeOf(call), 0);
    return dropped;
  }

  calls(): readonly Call[] {
    return this.#calls;
  }
}

function sizeOf(call: Call): number {
  return call.params?.length ?? 0;
}
