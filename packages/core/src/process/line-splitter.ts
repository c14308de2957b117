import { cleanLine } from '@deskclaw/protocol';

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const decoder = new TextDecoder();

/** The bytes each UTF-8 character takes, told by its first byte; 1 for anything that is no first byte. */
function characterLength(first: number): number {
  if (first >= 0xf0) return 4;
  if (first >= 0xe0) return 3;
  return first >= 0xc0 ? 2 : 1;
}

/** Where cut bytes end without half a character: at their end, or before the character begun there. */
function cutPoint(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back];
    if (byte === undefined || (byte & 0xc0) === 0x80) continue;
    return characterLength(byte) > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

function join(parts: readonly Uint8Array[], size: number): Uint8Array {
  const [only] = parts;
  if (only !== undefined && parts.length === 1) return only;
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** A line as a person reads it: no colours, no control characters, of a redrawn line what was left standing. */
export function plainText(raw: string): string {
  const redrawn = raw.lastIndexOf('\r');
  return cleanLine(redrawn === -1 ? raw : raw.slice(redrawn + 1));
}

function readable(bytes: Uint8Array, cutBytes: number): string {
  if (cutBytes === 0)
    return plainText(decoder.decode(bytes[bytes.length - 1] === RETURN ? bytes.subarray(0, -1) : bytes));
  const at = cutPoint(bytes);
  return `${plainText(decoder.decode(bytes.subarray(0, at)))} … (${String(cutBytes + bytes.length - at)} bytes cut)`;
}

/**
 * Cuts a byte stream into lines of bounded length. Works on bytes, so that a character split between two chunks
 * comes out whole: 0x0a is never part of a longer UTF-8 character.
 */
export class LineSplitter {
  readonly #maxBytes: number;
  #held: Uint8Array[] = [];
  #heldBytes = 0;
  /** Bytes of the current line beyond the limit: counted, not kept. */
  #cutBytes = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /**
   * @param emit answers whether to go on; `false` leaves the rest of the chunk untouched.
   * @returns how many bytes were taken.
   */
  push(chunk: Uint8Array, emit: (text: string) => boolean): number {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      const piece = chunk.subarray(from, end);
      from = end + 1;
      if (!emit(this.#complete(piece))) return from;
    }
    if (from < chunk.length) this.#hold(chunk.subarray(from));
    return chunk.length;
  }

  /** Gives out what stands there without an end of line. */
  end(emit: (text: string) => void): void {
    if (this.#heldBytes > 0 || this.#cutBytes > 0) emit(this.#complete(new Uint8Array(0)));
  }

  /** What stands there without an end of line, such as a prompt; empty if nothing does. It is not given out by this. */
  get unfinished(): string {
    return this.#heldBytes === 0 ? '' : readable(join(this.#held, this.#heldBytes), this.#cutBytes);
  }

  #hold(piece: Uint8Array): void {
    const remaining = piece.subarray(0, this.#maxBytes - this.#heldBytes);
    if (remaining.length > 0) {
      // A copy: a held view would keep its whole 64 KiB chunk alive.
      this.#held.push(remaining.slice());
      this.#heldBytes += remaining.length;
    }
    this.#cutBytes += piece.length - remaining.length;
  }

  #complete(piece: Uint8Array): string {
    if (this.#heldBytes === 0 && this.#cutBytes === 0 && piece.length <= this.#maxBytes) return readable(piece, 0);
    this.#hold(piece);
    const line = readable(join(this.#held, this.#heldBytes), this.#cutBytes);
    this.#held = [];
    this.#heldBytes = 0;
    this.#cutBytes = 0;
    return line;
  }
}
