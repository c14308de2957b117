export type Unsubscribe = () => void;

/** Hears of a listener that threw or rejected; the listeners after it were called all the same. */
export type ListenerFault = (error: unknown, event: PropertyKey) => void;

type Listener<Payload> = (payload: Payload) => void;
type Listeners<Events> = { [Event in keyof Events]?: readonly Listener<Events[Event]>[] };

/** Typed events. Listeners are called in the order they were added; one that is added or removed meanwhile counts from the next event on. */
export class Emitter<Events extends object> {
  readonly #listeners: Listeners<Events> = {};
  readonly #onFault: ListenerFault;

  constructor(onFault: ListenerFault = () => undefined) {
    this.#onFault = onFault;
  }

  on<Event extends keyof Events>(event: Event, listener: Listener<Events[Event]>): Unsubscribe {
    // Copied on change, so that an event under way walks the list it began with.
    this.#listeners[event] = [...(this.#listeners[event] ?? []), listener];
    return () => this.off(event, listener);
  }

  once<Event extends keyof Events>(event: Event, listener: Listener<Events[Event]>): Unsubscribe {
    const off = this.on(event, (payload) => {
      off();
      listener(payload);
    });
    return off;
  }

  /** Removes one registration of `listener`; none is no error. */
  off<Event extends keyof Events>(event: Event, listener: Listener<Events[Event]>): void {
    const present = this.#listeners[event];
    const index = present?.indexOf(listener) ?? -1;
    if (present === undefined || index < 0) return;
    if (present.length === 1) delete this.#listeners[event];
    else this.#listeners[event] = present.toSpliced(index, 1);
  }

  /** Never throws; without a listener nothing happens, `error` events included. */
  emit<Event extends keyof Events>(event: Event, payload: Events[Event]): void {
    const listeners = this.#listeners[event];
    if (listeners === undefined) return;
    for (const listener of listeners) {
      try {
        const returned: unknown = listener(payload);
        if (returned instanceof Promise) returned.catch((error: unknown) => this.#fault(error, event));
      } catch (error) {
        this.#fault(error, event);
      }
    }
  }

  listenerCount(event: keyof Events): number {
    return this.#listeners[event]?.length ?? 0;
  }

  removeAll(): void {
    for (const event of Object.keys(this.#listeners)) Reflect.deleteProperty(this.#listeners, event);
  }

  #fault(error: unknown, event: PropertyKey): void {
    try {
      this.#onFault(error, event);
    } catch {
      // The one who hears of faults has a fault: there is nobody left to tell.
    }
  }
}
