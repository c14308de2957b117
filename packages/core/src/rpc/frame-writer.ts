import type { Codec } from '../dialect/dialect.ts';
import type { PeerError } from '../dialect/incoming.ts';

/** The outgoing half of a channel: a socket, a port, a pipe. What is sent after its end is dropped silently. */
export interface OutboundChannel {
  send(text: string): void;
  /** Bytes accepted but not yet on their way. */
  readonly bufferedAmount: number;
  close(code: number, reason: string): void;
  /** Delivers no further frames while `paused`, beyond what was received already. Absent where a transport cannot. */
  pauseReading?(paused: boolean): void;
}

/** How a channel ended. `code` is a WebSocket close code; 1006 where the other side gave no reason. */
export interface ChannelCloseInfo {
  readonly code: number;
  readonly reason: string;
}

/** Text frames both ways, in order: a WebSocket, a Unix socket, a message port. One listener of each kind. */
export interface FrameChannel extends OutboundChannel {
  onFrame(listener: (text: string) => void): void;
  /** Called once; at once if the channel has already ended. */
  onClose(listener: (end: ChannelCloseInfo) => void): void;
  close(code?: number, reason?: string): void;
  /** Largest frame in bytes that the transport carries. Absent: no limit of its own. */
  readonly maxPayload?: number;
  /** Calls back where the other side sends nothing more but still reads. Absent where a transport has no such state. */
  onReadEnd?(listener: () => void): void;
}

/** What is known about the peer on this connection. */
export interface PeerInfo {
  /** The largest message that the peer accepts, bytes. */
  readonly maxPayload?: number;
  /** The peer drops us when more than this is unsent, bytes. */
  readonly maxBufferedBytes?: number;
  readonly version?: string;
  /** Set when the peer says neither which methods it has nor that it is a gateway: "no such method" may then be about the address. */
  readonly isUnknown?: true;
  /** Set when the peer marks the answer to a repeated request as a duplicate. */
  readonly marksDuplicates?: true;
  /** Masks secrets in an error of the peer. */
  readonly redact?: (error: PeerError) => PeerError;
}

function bytesOf(text: string): number {
  let bytes = 0;
  for (let i = 0; i < text.length; i += 1) {
    const unit = text.charCodeAt(i);
    // A surrogate is half of a four-byte character.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit & 0xf800) === 0xd800 ? 2 : 3;
  }
  return bytes;
}

/** Returns whether the text has more than `limit` bytes as UTF-8. Counts only when the length alone does not decide. */
export function isLargerThan(text: string, limit: number): boolean {
  if (text.length > limit) return true;
  return text.length * 3 > limit && bytesOf(text) > limit;
}

/** Returns how many bytes may be unsent before we wait: with the largest message on top, no more than the peer allows. */
function highWaterMarkFor(ownLimit: number, { maxBufferedBytes, maxPayload = 0 }: PeerInfo): number {
  return maxBufferedBytes === undefined ? ownLimit : Math.min(ownLimit, Math.max(0, maxBufferedBytes - maxPayload));
}

/** Writes frames to one connection, within the limits of the peer. */
export class FrameWriter {
  readonly codec: Codec;
  readonly peer: PeerInfo;
  readonly #channel: OutboundChannel;
  readonly #highWaterMark: number;
  readonly #maxPayload: number;
  #gathering: string[] | undefined;
  #gathered = 0;

  constructor(channel: OutboundChannel, codec: Codec, highWaterMark: number, peer: PeerInfo) {
    this.codec = codec;
    this.peer = peer;
    this.#channel = channel;
    this.#highWaterMark = highWaterMarkFor(highWaterMark, peer);
    this.#maxPayload = peer.maxPayload ?? Number.POSITIVE_INFINITY;
  }

  /** Whether the peer reads more slowly than we write. */
  get isCongested(): boolean {
    return this.#channel.bufferedAmount + this.#gathered > this.#highWaterMark;
  }

  /** Returns the largest message that the peer accepts, if this text is larger. */
  limitExceededBy(text: string): number | undefined {
    return isLargerThan(text, this.#maxPayload) ? this.#maxPayload : undefined;
  }

  pauseReading(paused: boolean): void {
    this.#channel.pauseReading?.(paused);
  }

  close(code: number, reason: string): void {
    this.#channel.close(code, reason);
  }

  send(text: string): void {
    if (this.#gathering === undefined) {
      this.#channel.send(text);
      return;
    }
    this.#gathering.push(text);
    this.#gathered += bytesOf(text);
  }

  /** Sends everything that `work` sends as one frame, where the dialect has batches. */
  gather(work: () => void): void {
    const texts: string[] = [];
    this.#gathering = texts;
    try {
      work();
    } finally {
      this.#gathering = undefined;
      this.#gathered = 0;
    }
    if (texts.length > 1) this.sendTogether(texts);
    else for (const text of texts) this.#channel.send(text);
  }

  /** Sends one frame if the dialect has batches and the peer accepts one so large, else one after the other. */
  sendTogether(texts: readonly string[]): void {
    const frame = this.codec.batch(texts);
    if (frame !== undefined && this.limitExceededBy(frame) === undefined) this.#channel.send(frame);
    else for (const text of texts) this.#channel.send(text);
  }
}
