import type { ChannelStatusEvent } from '@deskclaw/protocol';
import { type KnownChannels, noKnownChannels, reduceChannels } from '../channels/channel-changes.ts';

/** Tells what notifications change about channels. What was known outlives a lost connection: after it, the difference is news. */
export class ChannelWatch {
  readonly #emit: (event: ChannelStatusEvent) => void;
  #known: KnownChannels = noKnownChannels;

  constructor(emit: (event: ChannelStatusEvent) => void) {
    this.#emit = emit;
  }

  handleNotification(method: string, params: unknown): void {
    const { known, events } = reduceChannels(this.#known, method, params);
    this.#known = known;
    for (const event of events) this.#emit(event);
  }
}
