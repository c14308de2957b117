import { isObject, parseJson } from '@deskclaw/protocol';
import type { RecordStore } from '../ports/files.ts';
import type { Logger } from '../ports/logger.ts';
import { commandHash } from '../process/ownership.ts';
import type { LaunchPlan } from './launch-plan.ts';

/** Samples per command, enough that one start on a loaded machine does not move the median. */
const MAX_PER_COMMAND = 10;
const MAX_TOTAL = 50;

/** How long one start took until the gateway was ready, and of which command. */
export interface BootTime {
  readonly of: string;
  readonly ms: number;
}

function isBootTime(value: unknown): value is BootTime {
  return isObject(value) && typeof value['of'] === 'string' && typeof value['ms'] === 'number' && value['ms'] >= 0;
}

/** Oldest first; what cannot be read was never there. */
export function readBootTimes(text: string): readonly BootTime[] {
  const value = parseJson(text);
  return Array.isArray(value) ? value.filter(isBootTime).slice(-MAX_TOTAL) : [];
}

/** The port is no part of it: what is usual on one is usual on another. */
function commandKey(plan: LaunchPlan): string {
  return commandHash(plan.command, plan.cwd ?? '');
}

/** The median. */
export function medianBootMs(times: readonly number[]): number | undefined {
  return times.toSorted((a, b) => a - b)[Math.floor((times.length - 1) / 2)];
}

/** How long the last starts took, remembered over restarts of the host where there is a store. A store that fails costs the memory only. */
export class BootTimes {
  readonly #store: RecordStore | undefined;
  readonly #logger: Logger;
  #times: readonly BootTime[] = [];
  /** Every status names the usual time of one plan: finding its times took longer than the rest of the status. */
  #usual:
    | { readonly plan: LaunchPlan; readonly times: readonly BootTime[]; readonly ms: number | undefined }
    | undefined;
  #loaded: Promise<void> | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(store: RecordStore | undefined, logger: Logger) {
    this.#store = store;
    this.#logger = logger;
  }

  /** Once; those noted meanwhile stay the newest. */
  load(): Promise<void> {
    this.#loaded ??= this.#attempt('read', async (store) => {
      const text = await store.load();
      if (text !== undefined) this.#times = [...readBootTimes(text), ...this.#times];
    });
    return this.#loaded;
  }

  add(plan: LaunchPlan, ms: number): void {
    const of = commandKey(plan);
    const others = this.#times.filter((time) => time.of !== of);
    const own = [...this.#times.filter((time) => time.of === of), { of, ms: Math.round(ms) }];
    this.#times = [...others, ...own.slice(-MAX_PER_COMMAND)].slice(-MAX_TOTAL);
    const text = JSON.stringify(this.#times);
    this.#saving = this.#saving.then(() => this.#attempt('written', (store) => store.save(text)));
  }

  /** Returns the median, ms; `undefined` until one is known. */
  usual(plan: LaunchPlan): number | undefined {
    if (this.#usual?.plan !== plan || this.#usual.times !== this.#times)
      this.#usual = { plan, times: this.#times, ms: medianBootMs(this.of(plan)) };
    return this.#usual.ms;
  }

  /** ms; oldest first. */
  of(plan: LaunchPlan): readonly number[] {
    const name = commandKey(plan);
    return this.#times.filter(({ of }) => of === name).map(({ ms }) => ms);
  }

  async #attempt(done: string, act: (store: RecordStore) => Promise<void>): Promise<void> {
    if (this.#store === undefined) return;
    try {
      await act(this.#store);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#logger.log('warn', `How long starts took could not be ${done}: ${why}`);
    }
  }
}
