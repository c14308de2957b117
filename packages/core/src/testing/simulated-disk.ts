import type { RecordStore } from '../ports/files.ts';
import type { SimulatedClock } from './simulated-clock.ts';

/** How the disk that holds the record behaves. */
export interface DiskConditions {
  readonly delayMs: number;
  readonly fails: boolean;
}

/** Disk with the one record that all hosts of a machine share. */
export class SimulatedDisk {
  readonly #clock: SimulatedClock;
  conditions: DiskConditions = { delayMs: 0, fails: false };
  record: string | undefined;

  constructor(clock: SimulatedClock) {
    this.#clock = clock;
  }

  store(isAlive: () => boolean): RecordStore {
    return {
      load: () => this.#onDisk(() => this.record),
      save: (text) => this.#onDisk(() => this.#keep(isAlive, text)),
      clear: () => this.#onDisk(() => this.#keep(isAlive, undefined)),
    };
  }

  /** Writes, unless the process has died meanwhile. */
  #keep(isAlive: () => boolean, text: string | undefined): void {
    if (isAlive()) this.record = text;
  }

  async #onDisk<T>(act: () => T): Promise<T> {
    const { delayMs, fails } = this.conditions;
    if (delayMs > 0) await new Promise<void>((resolve) => this.#clock.happen(delayMs, resolve));
    if (fails) throw new Error('EIO: i/o error');
    return act();
  }
}
