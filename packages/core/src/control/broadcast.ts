import type { ControlEventName, ControlEvents } from '@deskclaw/protocol';

/** A client of the host that asked for some events. */
export interface Subscriber {
  readonly topics: ReadonlySet<ControlEventName>;
  /** Bytes it has not read yet. */
  readonly bufferedBytes: number;
  send<E extends ControlEventName>(event: E, payload: ControlEvents[E]): void;
  /** It reads too slowly to be told everything: it must come back and ask for what it missed. */
  disconnect(): void;
}

/** A shell that stopped reading must not make the host's memory grow. */
export const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;

/** Tells every subscriber of a topic, each on its own: one slow or broken client disturbs no other. */
export class Broadcast {
  readonly #subscribers = new Set<Subscriber>();

  add(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  publish<E extends ControlEventName>(event: E, payload: ControlEvents[E]): void {
    for (const subscriber of this.#subscribers) {
      if (!subscriber.topics.has(event)) continue;
      if (subscriber.bufferedBytes > MAX_BUFFERED_BYTES) {
        this.#subscribers.delete(subscriber);
        subscriber.disconnect();
      } else {
        subscriber.send(event, payload);
      }
    }
  }
}
