export type Unsubscribe = () => void;

/** Called when a listener threw or rejected. The remaining listeners are called all the same. */
export type ListenerFault = (error: unknown, event: PropertyKey) => void;

type Listener<Payload> = (payload: Payload) => void;
interface Registration<Payload> {
  readonly listener: Listener<Payload>;
  readonly once: boolean;
}
type Registrations<Events> = { [Event in keyof Events]?: readonly Registration<Events[Event]>[] };

/**
 * Typed events. Listeners run in the order in which they were added. A listener that is added or removed while an event is
 * delivered counts from the next event on.
 */
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

  /** Removes the first registration of `listener`; does nothing if there is none. */
  off<Event extends keyof Events>(event: Event, listener: Listener<Events[Event]>): void {
    const registration = this.#registrations[event]?.find((present) => present.listener === listener);
    if (registration !== undefined) this.#remove(event, registration);
  }

  /** Never throws. Without a listener nothing happens, not even for `error` events. */
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

  hasListeners(event: keyof Events): boolean {
    return this.#registrations[event] !== undefined;
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
      // The fault listener itself threw; there is nowhere left to report it.
    }
  }
}
