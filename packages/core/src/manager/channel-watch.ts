import type { ChannelStatusEvent } from '@deskclaw/protocol';
import { foldChannels, type KnownChannels, noKnownChannels } from '../channels/channel-changes.ts';

/** Tells what notifications change about channels. What was known outlives a lost connection: after it, the difference is news. */
export class ChannelWatch {
  readonly #emit: (event: ChannelStatusEvent) => void;
  #known: KnownChannels = noKnownChannels;

  constructor(emit: (event: ChannelStatusEvent) => void) {
    this.#emit = emit;
  }

  handleNotification(method: string, params: unknown): void {
    const { known, events } = foldChannels(this.#known, method, params);
    this.#known = known;
    for (const event of events) this.#emit(event);
  }
}
