import { isObject, parseJson } from '@deskclaw/protocol';

/** Largest line in bytes, without its end. The other side closes the connection with 1009 over a longer one. */
export const MAX_LINE_BYTES = 16 * 1024 * 1024;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
/** Stands for a line that is not UTF-8. No JSON text begins like this, so its reader answers a parse error. */
const NOT_UTF8 = '\uFFFD';
const FIRST_CAPACITY = 4_096;

/**
 * Splits a byte stream into the lines of newline-delimited JSON, in linear time however the bytes are cut into chunks.
 * Removes a carriage return before the line feed and skips empty lines.
 */
export class JsonLineSplitter {
  readonly #maxBytes: number;
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  /** The start of a line whose end has not arrived yet. Doubles when full: one-byte chunks must stay cheap too. */
  #partial = new Uint8Array(0);
  #length = 0;

  constructor(maxBytes: number = MAX_LINE_BYTES) {
    this.#maxBytes = maxBytes;
  }

  /**
   * Calls `onLine` with every line that this chunk completes, in order.
   * @returns `too-long` for a line of more than the allowed bytes: nothing after it can be read.
   */
  push(chunk: Uint8Array, onLine: (line: string) => void): 'ok' | 'too-long' {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end !== -1; end = chunk.indexOf(LINE_FEED, start)) {
      const line = chunk.subarray(start, end);
      start = end + 1;
      if (this.#length === 0) {
        if (!this.#emit(line, onLine)) return 'too-long';
        continue;
      }
      if (!this.#keep(line) || this.finish(onLine) === 'too-long') return 'too-long';
    }
    return this.#keep(start === 0 ? chunk : chunk.subarray(start)) ? 'ok' : 'too-long';
  }

  /** The stream has ended: what remains is the last line, without a line feed. */
  finish(onLine: (line: string) => void): 'ok' | 'too-long' {
    const line = this.#partial.subarray(0, this.#length);
    this.#length = 0;
    const fits = this.#emit(line, onLine);
    // A single large line must not hold its memory for the rest of the connection.
    if (this.#partial.length > FIRST_CAPACITY) this.#partial = new Uint8Array(0);
    return fits ? 'ok' : 'too-long';
  }

  #emit(bytes: Uint8Array, onLine: (line: string) => void): boolean {
    const line = bytes.at(-1) === CARRIAGE_RETURN ? bytes.subarray(0, -1) : bytes;
    if (line.length > this.#maxBytes) return false;
    if (line.length > 0) onLine(this.#decode(line));
    return true;
  }

  #decode(line: Uint8Array): string {
    try {
      return this.#decoder.decode(line);
    } catch {
      return NOT_UTF8;
    }
  }

  #keep(bytes: Uint8Array): boolean {
    const length = this.#length + bytes.length;
    // Plus one for the carriage return, which does not count.
    if (length > this.#maxBytes + 1) return false;
    if (length > this.#partial.length) {
      const larger = new Uint8Array(Math.max(length, this.#partial.length * 2, FIRST_CAPACITY));
      larger.set(this.#partial.subarray(0, this.#length));
      this.#partial = larger;
    }
    this.#partial.set(bytes, this.#length);
    this.#length = length;
    return true;
  }
}

/** Notification that either side sends as its last line; the codes are those of WebSocket (1001: the host ends, …). */
const CLOSING_METHOD = 'connection.closing';
/** Longer lines are not searched for it. */
const MAX_CLOSING_LENGTH = 1_024;
const MAX_REASON_LENGTH = 200;

export function closingLine(code: number, reason: string): string {
  const params = { code, reason: reason.slice(0, MAX_REASON_LENGTH) };
  return JSON.stringify({ jsonrpc: '2.0', method: CLOSING_METHOD, params });
}

/** Returns code and reason of a closing notification; `undefined` for any other line. */
export function readClosingLine(line: string): { readonly code: number; readonly reason: string } | undefined {
  if (line.length > MAX_CLOSING_LENGTH || !line.includes(CLOSING_METHOD)) return undefined;
  const message = parseJson(line);
  if (!isObject(message) || message['method'] !== CLOSING_METHOD || 'id' in message) return undefined;
  const params = isObject(message['params']) ? message['params'] : {};
  const { code, reason } = params;
  return { code: typeof code === 'number' ? code : 1_000, reason: typeof reason === 'string' ? reason : '' };
}
