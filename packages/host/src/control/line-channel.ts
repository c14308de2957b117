import type { Socket } from 'node:net';
import type { ChannelCloseInfo, Clock, FrameChannel } from '@deskclaw/core';
import { type Cancel, WriteBatcher } from '@deskclaw/core/internal';
import { closingLine, JsonLineSplitter, MAX_LINE_BYTES, readClosingLine } from './json-lines.ts';

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

  constructor(stream: Socket, options: LineChannelOptions) {
    this.#stream = stream;
    this.#batcher = new WriteBatcher(stream);
    this.#clock = options.clock;
    this.#pausesReading = options.pausesReading ?? false;
    this.#intercept = options.intercept;
    stream.on('data', (chunk: Buffer) => this.#receive(chunk));
    stream.on('drain', () => stream.resume());
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
