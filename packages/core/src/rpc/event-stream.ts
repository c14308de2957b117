import type { Emitter } from './emitter.ts';

/** What happens to events that come faster than they are read, once `capacity` wait. */
export type OverflowPolicy =
  /** The oldest waiting one is dropped and counted: what is read is always recent. */
  | 'drop-oldest'
  /** The new one is dropped and counted: what is read is without holes up to the overflow. */
  | 'drop-newest'
  /** The iteration ends with an `EventOverflow`: nothing is lost without a word. */
  | 'fail';

export interface EventStreamOptions {
  /** Ends the iteration, without an error. */
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

export interface EventStream<Payload> extends AsyncIterableIterator<Payload, undefined>, AsyncDisposable {
  /** Events that were dropped so far. */
  readonly dropped: number;
}

type Waiter<Payload> = (result: IteratorResult<Payload, undefined>) => void;

/** Events of one name as an async iterator. Listening begins at the call, not at the first `next`. */
export function streamEvents<Events extends object, Event extends keyof Events>(
  emitter: Emitter<Events>,
  event: Event,
  options: EventStreamOptions = {},
): EventStream<Events[Event]> {
  const { signal, capacity = 1_024, overflow = 'drop-oldest' } = options;
  const waiting: Events[Event][] = [];
  const readers: Waiter<Events[Event]>[] = [];
  let dropped = 0;
  let over = false;
  let failure: EventOverflow | undefined;

  const finish = () => {
    if (over) return;
    over = true;
    off();
    signal?.removeEventListener('abort', abort);
    for (const reader of readers.splice(0)) reader({ done: true, value: undefined });
  };
  const abort = () => {
    waiting.length = 0;
    finish();
  };
  const overflowed = (payload: Events[Event]) => {
    if (overflow === 'fail') {
      failure = new EventOverflow(capacity);
      return finish();
    }
    dropped += 1;
    if (overflow === 'drop-newest') return;
    waiting.shift();
    waiting.push(payload);
  };
  const off = emitter.on(event, (payload) => {
    const reader = readers.shift();
    if (reader !== undefined) reader({ done: false, value: payload });
    else if (waiting.length < capacity) waiting.push(payload);
    else overflowed(payload);
  });
  if (signal?.aborted === true) finish();
  else signal?.addEventListener('abort', abort, { once: true });

  return {
    get dropped() {
      return dropped;
    },
    next: () => {
      const [payload] = waiting;
      if (payload !== undefined || waiting.length > 0) {
        waiting.shift();
        return payload === undefined ? Promise.resolve({ done: true, value: undefined }) : Promise.resolve({ done: false, value: payload });
      }
      if (failure !== undefined) {
        const error = failure;
        failure = undefined;
        return Promise.reject(error);
      }
      if (over) return Promise.resolve({ done: true, value: undefined });
      return new Promise((resolve) => readers.push(resolve));
    },
    return: () => {
      abort();
      return Promise.resolve({ done: true, value: undefined });
    },
    [Symbol.asyncDispose]: () => {
      abort();
      return Promise.resolve();
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
