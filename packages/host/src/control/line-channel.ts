import type { Socket } from 'node:net';
import type { ChannelCloseInfo, Clock, FrameChannel } from '@deskclaw/core';
import { type Cancel, WriteBatcher } from '@deskclaw/core/internal';
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

const NORMAL = 1_000;
const ENDED_WITHOUT_NOTICE = 1_006;
const TOO_LARGE = 1_009;
/** How long the other side may take to read what is left and to close its end. */
const CLOSE_TIMEOUT_MS = 5_000;

export interface LineChannelOptions {
  readonly clock: Clock;
  /**
   * Stops reading while the other side does not read what was written to it. For the host alone: two sides that both
   * wait for the other to read would wait for ever. Default false.
   */
  readonly pausesReading?: boolean;
  /** Sees the first bytes; what it returns is sent instead of serving the connection. Default: everything is served. */
  readonly intercept?: (first: Buffer) => string | Buffer | undefined;
}

/** Newline-delimited JSON over a Unix socket or a named pipe: one frame a line, each side with a closing line at its end. */
export class LineChannel implements FrameChannel {
  readonly maxPayload = MAX_LINE_BYTES;
  readonly #stream: Socket;
  readonly #clock: Clock;
  readonly #pausesReading: boolean;
  readonly #splitter = new JsonLineSplitter();
  readonly #batcher: WriteBatcher;
  #intercept: LineChannelOptions['intercept'];
  #state: 'open' | 'closing' | 'closed' = 'open';
  #end: ChannelCloseInfo | undefined;
  #cancelTimeout: Cancel = () => undefined;
  #onFrame: (text: string) => void = () => undefined;
  #onClose: (end: ChannelCloseInfo) => void = () => undefined;
  #onReadEnd: (() => void) | undefined;
  #readingPaused = false;

  constructor(stream: Socket, options: LineChannelOptions) {
    this.#stream = stream;
    this.#batcher = new WriteBatcher(stream);
    this.#clock = options.clock;
    this.#pausesReading = options.pausesReading ?? false;
    this.#intercept = options.intercept;
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('drain', () => this.#resume());
    stream.on('end', () => this.#readEnded());
    // An error is always followed by `close`.
    stream.on('error', () => undefined);
    stream.on('close', () => this.#closed());
  }

  get bufferedAmount(): number {
    return this.#stream.writableLength;
  }

  send(text: string): void {
    if (this.#state === 'open') this.#write(text);
  }

  onFrame(listener: (text: string) => void): void {
    this.#onFrame = listener;
  }

  onClose(listener: (end: ChannelCloseInfo) => void): void {
    this.#onClose = listener;
    if (this.#state === 'closed' && this.#end !== undefined) listener(this.#end);
  }

  onReadEnd(listener: () => void): void {
    this.#onReadEnd = listener;
  }

  pauseReading(paused: boolean): void {
    if (!this.#pausesReading) return;
    this.#readingPaused = paused;
    if (!paused) this.#resume();
    else if (this.#state === 'open') this.#stream.pause();
  }

  close(code = NORMAL, reason = ''): void {
    if (this.#state !== 'open') return;
    this.#end = { code, reason };
    this.#write(closingLine(code, reason));
    this.#endStream();
  }

  /** Closes at once; what was not read yet is lost. */
  terminate(): void {
    this.#stream.destroy();
  }

  #resume(): void {
    if (!this.#readingPaused || this.#state !== 'open') this.#stream.resume();
  }

  #write(line: string): void {
    this.#batcher.beforeWrite();
    if (this.#stream.write(`${line}\n`)) return;
    // More than the stream's high-water mark: it leaves now, and if the system takes no more, `drain` comes later.
    this.#batcher.flush();
    if (this.#pausesReading && this.#stream.writableNeedDrain && this.#state === 'open') this.#stream.pause();
  }

  #receive(chunk: Buffer): void {
    if (this.#state !== 'open') return;
    const answer = this.#intercept?.(chunk);
    this.#intercept = undefined;
    if (answer !== undefined) {
      this.#stream.write(answer);
      this.#endStream();
      return;
    }
    const result = this.#splitter.push(chunk, (line) => this.#take(line));
    if (result === 'too-long') this.close(TOO_LARGE, `a line of more than ${String(MAX_LINE_BYTES)} bytes`);
  }

  #take(line: string): void {
    // A listener may have closed the channel in the middle of a chunk.
    if (this.#state !== 'open') return;
    const closing = readClosingLine(line);
    if (closing === undefined) {
      this.#onFrame(line);
      return;
    }
    this.#end = closing;
    this.#endStream();
  }

  #readEnded(): void {
    if (this.#state !== 'open') return;
    this.#splitter.finish((line) => this.#take(line));
    if (this.#onReadEnd === undefined || !this.#stream.writable) {
      this.#endStream();
      return;
    }
    // A reader ignores an empty line; where the process is gone, the write fails and closes the stream.
    this.#stream.write('\n');
    this.#onReadEnd();
  }

  /** Sends what is left and waits for the other side to close; what it still sends is discarded. */
  #endStream(): void {
    if (this.#state !== 'open') return;
    this.#state = 'closing';
    this.#stream.end();
    this.#stream.resume();
    this.#cancelTimeout = this.#clock.schedule(CLOSE_TIMEOUT_MS, () => this.#stream.destroy());
  }

  #closed(): void {
    this.#state = 'closed';
    this.#cancelTimeout();
    this.#end ??= { code: ENDED_WITHOUT_NOTICE, reason: '' };
    this.#onClose(this.#end);
  }
}
