/// <reference lib="esnext.disposable" preserve="true" />
import type { AbortSignal } from '../ports/abort-signal.ts';
import type { Emitter, Unsubscribe } from './emitter.ts';

/** Treatment of an event that arrives while `capacity` unread events wait. */
export type OverflowPolicy =
  /** The oldest is dropped and counted, so a reader sees recent events. */
  | 'drop-oldest'
  /** The new one is dropped and counted, so a reader sees no gap before the overflow. */
  | 'drop-newest'
  /** The iteration ends with an `EventOverflow` after what waits is read: nothing is lost without a word. */
  | 'fail';

export interface EventStreamOptions {
  /** Ends the iteration at once, without an error; what still waits is dropped. */
  readonly signal?: AbortSignal;
  /** Default 1024. */
  readonly capacity?: number;
  /** Default `drop-oldest`. */
  readonly overflow?: OverflowPolicy;
}

export class EventOverflow extends Error {
  constructor(capacity: number) {
    super(`More than ${String(capacity)} events waited to be read`);
    this.name = 'EventOverflow';
  }
}

type Result<Payload> = IteratorResult<Payload, undefined>;
type Reader<Payload> = PromiseWithResolvers<Result<Payload>>;

const DEFAULT_CAPACITY = 1_024;

/** Events of one name as an async iterator. Hears them from its creation on, not only from the first `next`. */
export class EventStream<Payload> implements AsyncIterableIterator<Payload, undefined>, AsyncDisposable {
  readonly #capacity: number;
  readonly #overflow: OverflowPolicy;
  readonly #waiting: Result<Payload>[] = [];
  readonly #readers: Reader<Payload>[] = [];
  readonly #off: Unsubscribe;
  #dropped = 0;
  #end: 'none' | 'done' | EventOverflow = 'none';

  constructor(listen: (listener: (payload: Payload) => void) => Unsubscribe, options: EventStreamOptions) {
    const { signal } = options;
    this.#capacity = options.capacity ?? DEFAULT_CAPACITY;
    this.#overflow = options.overflow ?? 'drop-oldest';
    const stop = () => this.#stop();
    const off = listen((payload) => this.#take(payload));
    this.#off = () => {
      off();
      signal?.removeEventListener('abort', stop);
    };
    if (signal?.aborted === true) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  }

  /** Events dropped so far. */
  get dropped(): number {
    return this.#dropped;
  }

  next(): Promise<Result<Payload>> {
    const waiting = this.#waiting.shift();
    if (waiting !== undefined) return Promise.resolve(waiting);
    if (this.#end === 'none') {
      const reader: Reader<Payload> = Promise.withResolvers();
      this.#readers.push(reader);
      return reader.promise;
    }
    if (this.#end === 'done') return Promise.resolve({ done: true, value: undefined });
    const overflow = this.#end;
    this.#end = 'done';
    return Promise.reject(overflow);
  }

  return(): Promise<Result<Payload>> {
    this.#stop();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#stop();
    return Promise.resolve();
  }

  #take(value: Payload): void {
    const reader = this.#readers.shift();
    if (reader !== undefined) reader.resolve({ done: false, value });
    else if (this.#waiting.length < this.#capacity) this.#waiting.push({ done: false, value });
    else this.#spill(value);
  }

  #spill(value: Payload): void {
    switch (this.#overflow) {
      case 'fail':
        this.#off();
        this.#end = new EventOverflow(this.#capacity);
        break;
      case 'drop-oldest':
        this.#dropped += 1;
        this.#waiting.shift();
        this.#waiting.push({ done: false, value });
        break;
      case 'drop-newest':
        this.#dropped += 1;
        break;
      default:
        this.#overflow satisfies never;
    }
  }

  #stop(): void {
    this.#off();
    this.#waiting.length = 0;
    this.#end = 'done';
    for (const reader of this.#readers.splice(0)) reader.resolve({ done: true, value: undefined });
  }
}

export function streamEvents<Events extends object, Event extends keyof Events>(
  emitter: Emitter<Events>,
  event: Event,
  options: EventStreamOptions = {},
): EventStream<Events[Event]> {
  return new EventStream((listener) => emitter.on(event, listener), options);
}
