export type Unsubscribe = () => void;

/** Hears of a listener that threw or rejected; the listeners after it were called all the same. */
export type ListenerFault = (error: unknown, event: PropertyKey) => void;

type Listener<Payload> = (payload: Payload) => void;
interface Registration<Payload> {
  readonly listener: Listener<Payload>;
  readonly once: boolean;
}
type Registrations<Events> = { [Event in keyof Events]?: readonly Registration<Events[Event]>[] };

/** Typed events. Listeners run in the order they were added; one added or removed during an event counts from the next event on. */
export class Emitter<Events extends object> {
  readonly #registrations: Registrations<Events> = {};
  readonly #onFault: ListenerFault;

  constructor(onFault: ListenerFault = () => undefined) {
    this.#onFault = onFault;
  }

  on<Event extends keyof Events>(event: Event, listener: Listener<Events[Event]>): Unsubscribe {
    return this.#add(event, { listener, once: false });
  }

  once<Event extends keyof Events>(event: Event, listener: Listener<Events[Event]>): Unsubscribe {
    return this.#add(event, { listener, once: true });
  }

  /** Removes the first registration of `listener`; none is no error. */
  off<Event extends keyof Events>(event: Event, listener: Listener<Events[Event]>): void {
    const registration = this.#registrations[event]?.find((present) => present.listener === listener);
    if (registration !== undefined) this.#remove(event, registration);
  }

  /** Never throws; without a listener nothing happens, `error` events included. */
  emit<Event extends keyof Events>(event: Event, payload: Events[Event]): void {
    const registrations = this.#registrations[event];
    if (registrations === undefined) return;
    for (const registration of registrations) {
      if (registration.once) this.#remove(event, registration);
      try {
        const returned: unknown = registration.listener(payload);
        if (returned instanceof Promise) returned.catch((error: unknown) => this.#fault(error, event));
      } catch (error) {
        this.#fault(error, event);
      }
    }
  }

  listenerCount(event: keyof Events): number {
    return this.#registrations[event]?.length ?? 0;
  }

  removeAll(): void {
    for (const event of Reflect.ownKeys(this.#registrations)) Reflect.deleteProperty(this.#registrations, event);
  }

  #add<Event extends keyof Events>(event: Event, registration: Registration<Events[Event]>): Unsubscribe {
    // Copied on change, so that an event under way walks the list it began with.
    this.#registrations[event] = [...(this.#registrations[event] ?? []), registration];
    return () => this.#remove(event, registration);
  }

  #remove<Event extends keyof Events>(event: Event, registration: Registration<Events[Event]>): void {
    const left = this.#registrations[event]?.filter((present) => present !== registration);
    if (left === undefined || left.length === 0) delete this.#registrations[event];
    else this.#registrations[event] = left;
  }

  #fault(error: unknown, event: PropertyKey): void {
    try {
      this.#onFault(error, event);
    } catch {
      // The one who hears of faults has a fault: there is nobody left to tell.
    }
  }
}
