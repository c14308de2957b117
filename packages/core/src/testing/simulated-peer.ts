/** Outcome of an attempt to connect. */
export type Reachability =
  | 'open'
  /** Nobody listens. */
  | 'refused'
  /** No answer at all, ever: a lost host, or an upgrade that hangs. */
  | 'unanswered'
  /** Something answers that is no WebSocket. */
  | 'not-websocket';

/** Direction in which frames are lost. */
export type LostWay = 'both' | 'to-peer' | 'to-us';

/** The other end of a connection, as a gateway sees it. */
export interface SimulatedPeer {
  /** Counts connections, from 1. */
  readonly number: number;
  readonly isOpen: boolean;
  send(text: string): void;
  /** Sends a binary frame: so many zero bytes, or a text in UTF-8. */
  sendBinary(content: number | string): void;
  close(code: number, reason: string): void;
  /** The connection breaks, and both ends learn of it. */
  reset(): void;
  /** The connection breaks, for one direction or both (the default), and neither end learns of it. */
  loseSilently(way?: LostWay): void;
  /** Stops answering closing handshakes. */
  ignoreClose(): void;
  onText(listener: (text: string) => void): void;
  onEnd(listener: () => void): void;
}
