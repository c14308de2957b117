import type { RunEvent } from '../chat/run-events.ts';

export interface EventFrame {
  readonly event: 'chat' | 'agent';
  readonly payload: object;
}

/** Puts chat runs into frames of one edition of the protocol. */
export interface RunBroadcaster {
  /** The frames of one event; asked again for the same event they are the same. */
  framesFor(event: RunEvent): readonly EventFrame[];
}
