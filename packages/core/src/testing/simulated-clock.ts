import type { Cancel, Clock } from '../ports/clock.ts';
import { EventQueue } from './event-queue.ts';

/** Epoch ms at which a simulated wall clock starts. */
const SIMULATED_EPOCH = 1_700_000_000_000;

/**
 * Resolves after all pending promise callbacks have run. A turn of the event loop lets what the system does besides (keys,
 * files) go on too; `nextTick` does not, and takes a tenth of the time.
 */
function settled(by: Settling): Promise<void> {
  return new Promise((resolve) => {
    if (by === 'event-loop') setImmediate(resolve);
    else process.nextTick(resolve);
  });
}

/** `promises`: for a world in which nothing but promises and this clock is waited for. */
export type Settling = 'event-loop' | 'promises';

/** Clock that only `advance` moves. Timers run in order, each at its own time; promises settle in between. */
export class SimulatedClock implements Clock {
  readonly #queue = new EventQueue();
  readonly #settling: Settling;
  #now = 0;
  #wallOffset = SIMULATED_EPOCH;
  #timers = 0;
  /** Called after everything that happens, once its promises have settled. */
  watch: (() => void) | undefined;

  /** @param settling how promises settle between two events. Default `event-loop`. */
  constructor(settling: Settling = 'event-loop') {
    this.#settling = settling;
  }

  now(): number {
    return this.#now;
  }

  wallTime(): number {
    return this.#wallOffset + this.#now;
  }

  schedule(delayMs: number, run: () => void): Cancel {
    this.#timers += 1;
    let isOver = false;
    const finish = () => {
      if (!isOver) this.#timers -= 1;
      isOver = true;
    };
    const cancel = this.#queue.add(this.#now + Math.max(0, delayMs), () => {
      finish();
      run();
    });
    return () => {
      finish();
      cancel();
    };
  }

  /** Something that happens in the world around the program: it comes at its time and is no timer of anybody's. */
  happen(delayMs: number, run: () => void): Cancel {
    return this.#queue.add(this.#now + Math.max(0, delayMs), run);
  }

  /** Timers of the program that have neither run nor been cancelled. */
  get pendingTimers(): number {
    return this.#timers;
  }

  /** Lets `ms` pass. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    await settled(this.#settling);
    for (let next = this.#queue.take(until); next !== undefined; next = this.#queue.take(until)) {
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settled(this.#settling);
      this.watch?.();
    }
    this.#now = Math.max(this.#now, until);
  }

  /** Lets time pass until `isTrue`, at most `limitMs`. @returns whether it became true */
  async advanceUntil(isTrue: () => boolean, limitMs: number): Promise<boolean> {
    const until = this.#now + limitMs;
    await settled(this.#settling);
    while (!isTrue()) {
      const next = this.#queue.take(until);
      if (next === undefined) {
        this.#now = Math.max(this.#now, until);
        return isTrue();
      }
      this.#now = Math.max(this.#now, next.at);
      next.run();
      await settled(this.#settling);
      this.watch?.();
    }
    return true;
  }

  /** The wall clock is set, forwards or back; no time passes. */
  setWall(byMs: number): void {
    this.#wallOffset += byMs;
  }

  /**
   * Puts the machine to sleep: nothing runs meanwhile, and due timers fire late. `counted` says whether the monotonic
   * clock goes on (Windows) or stops with the machine (Linux, macOS); the wall clock always goes on.
   */
  sleep(ms: number, monotonic: 'counted' | 'stopped'): void {
    if (monotonic === 'counted') this.#now += ms;
    else this.#wallOffset += ms;
  }
}
