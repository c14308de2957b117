import { createConnection, type Socket as Stream } from 'node:net';
import type { Socket, SocketEnd, SocketFactory, SocketFailure, SocketHandlers } from '../sockets.ts';
import { readUpgradeAnswer, upgradeRequest } from './upgrade.ts';
import { clientFrame, closeFrame, FrameReader, type Heard, opcodes } from './web-socket-frames.ts';

const NO_WORD = 1_006;
const NO_CODE = 1_005;
/** Where the other side does not hang up after the goodbyes. */
const HANG_UP_MS = 500;

type Phase =
  | { readonly name: 'asking'; readonly received: Buffer }
  | { readonly name: 'open'; readonly reader: FrameReader }
  /** We said goodbye and wait for theirs. */
  | { readonly name: 'closing'; readonly reader: FrameReader }
  | { readonly name: 'over' };

/** `ws+unix:PATH:/RESOURCE`, as `ws` writes it. */
function parseAddress(url: string): { readonly path: string; readonly resource: string } {
  const parts = /^ws\+unix:(?:\/\/)?(.+):(\/.*)$/.exec(url);
  if (parts?.[1] === undefined || parts[2] === undefined) throw new TypeError(`No address of a local socket: ${url}`);
  return { path: parts[1], resource: parts[2] };
}

function failureOf(error: NodeJS.ErrnoException): SocketFailure {
  const { code, message } = error;
  return code === undefined ? { kind: 'other', message } : { kind: 'refused', message, code };
}

class LocalWebSocket implements Socket {
  readonly #stream: Stream;
  readonly #handlers: SocketHandlers;
  readonly #maxPayload: number;
  #phase: Phase = { name: 'asking', received: Buffer.alloc(0) };
  #end: SocketEnd = { code: NO_WORD, reason: '' };

  constructor(url: string, maxPayload: number, handlers: SocketHandlers) {
    const { path, resource } = parseAddress(url);
    this.#handlers = handlers;
    this.#maxPayload = maxPayload;
    this.#stream = createConnection({ path });
    this.#stream.once('connect', () => this.#stream.write(upgradeRequest(resource)));
    this.#stream.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#stream.on('error', (error) => this.#failed(failureOf(error)));
    this.#stream.on('close', () => this.#closed());
  }

  get bufferedAmount(): number {
    return this.#stream.writableLength;
  }

  send(text: string): void {
    if (this.#phase.name === 'open') this.#stream.write(clientFrame(opcodes.text, Buffer.from(text)));
  }

  ping(): void {
    if (this.#phase.name === 'open') this.#stream.write(clientFrame(opcodes.ping, Buffer.alloc(0)));
  }

  close(code: number, reason: string): void {
    if (this.#phase.name === 'asking') this.#stream.destroy();
    if (this.#phase.name !== 'open') return;
    this.#phase = { name: 'closing', reader: this.#phase.reader };
    this.#stream.write(closeFrame(code, reason));
  }

  terminate(): void {
    this.#stream.destroy();
  }

  #take(chunk: Buffer): void {
    const phase = this.#phase;
    switch (phase.name) {
      case 'asking':
        this.#answered(phase.received.length === 0 ? chunk : Buffer.concat([phase.received, chunk]));
        break;
      case 'open':
      case 'closing':
        // A listener may end the socket: what is behind that is not told any more.
        for (const heard of phase.reader.read(chunk)) {
          if (this.#stream.destroyed) return;
          this.#hear(heard);
        }
        break;
      case 'over':
        break;
      default:
        phase satisfies never;
    }
  }

  #answered(received: Buffer): void {
    const answer = readUpgradeAnswer(received);
    switch (answer.kind) {
      case 'more':
        this.#phase = { name: 'asking', received };
        break;
      case 'refused':
        this.#failed(answer.failure);
        this.#stream.destroy();
        break;
      case 'accepted':
        this.#phase = { name: 'open', reader: new FrameReader(this.#maxPayload) };
        this.#handlers.opened();
        this.#take(answer.rest);
        break;
      default:
        answer satisfies never;
    }
  }

  #hear(heard: Heard): void {
    switch (heard.kind) {
      case 'text':
        this.#handlers.text(heard.text);
        break;
      case 'binary':
        this.#handlers.binary(heard.bytes);
        break;
      case 'ping':
        if (this.#phase.name === 'open') this.#stream.write(clientFrame(opcodes.pong, heard.payload));
        this.#handlers.beat();
        break;
      case 'pong':
        this.#handlers.beat();
        break;
      case 'close':
        this.#farewell(heard.code, heard.reason);
        break;
      case 'fault':
        this.#failed({
          kind: heard.code === 1_009 ? 'too-large' : 'other',
          message: `The host sent ${heard.message}.`,
        });
        this.#hangUp(closeFrame(heard.code, heard.message));
        break;
      default:
        heard satisfies never;
    }
  }

  /** Theirs; ours is said too, unless it was said before. */
  #farewell(code: number, reason: string): void {
    this.#end = { code, reason };
    const answer = closeFrame(code === NO_CODE ? 1_000 : code, reason);
    this.#hangUp(this.#phase.name === 'closing' ? undefined : answer);
  }

  #hangUp(last: Buffer | undefined): void {
    this.#phase = { name: 'over' };
    if (last === undefined) this.#stream.end();
    else this.#stream.end(last);
    // Not by the stream's own timer: that waits for silence, and some never fall silent.
    const timer = setTimeout(() => this.#stream.destroy(), HANG_UP_MS);
    this.#stream.once('close', () => clearTimeout(timer));
  }

  #failed(failure: SocketFailure): void {
    // The first tells why; what comes after a goodbye tells nothing.
    if (this.#end.code === NO_WORD) this.#end = { failure, ...this.#end };
  }

  #closed(): void {
    const asked = this.#phase.name === 'asking' && this.#end.failure === undefined;
    this.#phase = { name: 'over' };
    this.#handlers.ended(
      asked ? { ...this.#end, failure: { kind: 'refused', message: 'It hung up before it answered.' } } : this.#end,
    );
  }
}

/**
 * WebSocket over a Unix socket or a named pipe, and nothing else: what a command needs to talk to the host. `ws` needs
 * Node's HTTP client, which takes longer to load than such a command takes to run.
 */
export const localSockets: SocketFactory = {
  open: (url, options, handlers) => new LocalWebSocket(url, options.maxPayload, handlers),
};
