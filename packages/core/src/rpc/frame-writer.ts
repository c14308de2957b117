import type { Codec } from '../dialect/dialect.ts';
import type { PeerError } from '../dialect/incoming.ts';

/** The way out: a socket, a port, a pipe. What is sent after its end is lost without a word. */
export interface OutboundChannel {
  send(text: string): void;
  readonly bufferedAmount: number;
}

/** What is known of the other side on this connection. */
export interface PeerInfo {
  /** The largest message it takes, bytes. */
  readonly maxPayload?: number;
  /** It drops us when more than this is on its way, bytes. */
  readonly maxBufferedBytes?: number;
  readonly version?: string;
  /** It tells a request that repeats another from a new one. */
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

/** Whether the text takes more than `limit` bytes as UTF-8. Counts only where the length alone cannot tell. */
export function isLargerThan(text: string, limit: number): boolean {
  if (text.length > limit) return true;
  return text.length * 3 > limit && bytesOf(text) > limit;
}

/** How much may be on its way before we wait: with the largest message on top, no more than the other side allows. */
function highWaterMarkFor(ownLimit: number, { maxBufferedBytes, maxPayload = 0 }: PeerInfo): number {
  return maxBufferedBytes === undefined ? ownLimit : Math.min(ownLimit, Math.max(0, maxBufferedBytes - maxPayload));
}

/** One connection as its users see it: how to write, and how much. */
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

  /** The other side reads more slowly than we write. */
  get isCongested(): boolean {
    return this.#channel.bufferedAmount + this.#gathered > this.#highWaterMark;
  }

  /** The most the other side takes in one message, where this text is more. */
  limitExceededBy(text: string): number | undefined {
    return isLargerThan(text, this.#maxPayload) ? this.#maxPayload : undefined;
  }

  send(text: string): void {
    if (this.#gathering === undefined) {
      this.#channel.send(text);
      return;
    }
    this.#gathering.push(text);
    this.#gathered += bytesOf(text);
  }

  /** What `work` sends leaves as one frame where the dialect has batches. */
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

  /** As one frame where the dialect has batches and the other side takes one so large, else one after the other. */
  sendTogether(texts: readonly string[]): void {
    const frame = this.codec.batch(texts);
    if (frame !== undefined && this.limitExceededBy(frame) === undefined) this.#channel.send(frame);
    else for (const text of texts) this.#channel.send(text);
  }
}
