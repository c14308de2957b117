import { isUtf8 } from 'node:buffer';

/** What a server says in WebSocket frames (RFC 6455), put together again. */
export type Heard =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'binary'; readonly bytes: number }
  | { readonly kind: 'ping'; readonly payload: Buffer }
  | { readonly kind: 'pong' }
  /** 1005 where the other side named no code. */
  | { readonly kind: 'close'; readonly code: number; readonly reason: string }
  /** It broke the rules; `code` is what it is told. Nothing is read after it. */
  | { readonly kind: 'fault'; readonly code: 1002 | 1007 | 1009; readonly message: string };

export const opcodes = { continuation: 0, text: 1, binary: 2, close: 8, ping: 9, pong: 10 } as const;

const NO_CODE = 1_005;
const MAX_CONTROL_BYTES = 125;

interface Head {
  readonly final: boolean;
  readonly opcode: number;
  readonly bytes: number;
}

function isCloseCode(code: number): boolean {
  if (code >= 3_000) return code <= 4_999;
  return code >= 1_000 && code <= 1_014 && code !== 1_004 && code !== NO_CODE && code !== 1_006;
}

class Fault extends Error {
  readonly code: 1002 | 1007 | 1009;

  constructor(code: 1002 | 1007 | 1009, message: string) {
    super(message);
    this.code = code;
  }
}

/** Bytes that have come and are not yet read, taken out in pieces of any length; each byte is copied once at most. */
class Inbox {
  #chunks: Buffer[] = [];
  #held = 0;

  get held(): number {
    return this.#held;
  }

  add(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#held += chunk.length;
  }

  /** The caller knows that there are so many. */
  take(bytes: number): Buffer {
    const whole = this.peek(bytes);
    const rest = whole.subarray(bytes);
    this.#chunks[0] = rest;
    if (rest.length === 0) this.#chunks.shift();
    this.#held -= bytes;
    return whole.subarray(0, bytes);
  }

  /** A buffer that begins with so many of them. */
  peek(bytes: number): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && first.length >= bytes) return first;
    const whole = Buffer.concat(this.#chunks);
    this.#chunks = [whole];
    return whole;
  }
}

/** Reads the frames of a server: they come in pieces of any size, and from a peer that is not trusted to keep the rules. */
export class FrameReader {
  readonly #maxPayload: number;
  readonly #inbox = new Inbox();
  #head: Head | undefined;
  #message: { readonly opcode: number; readonly parts: Buffer[]; bytes: number } | undefined;
  #done = false;

  /** @param maxPayload the largest message in bytes, all its fragments together. */
  constructor(maxPayload: number) {
    this.#maxPayload = maxPayload;
  }

  /** What has become whole by this chunk, in order. After a close or a fault there is nothing more to hear. */
  *read(chunk: Buffer): Generator<Heard, void, undefined> {
    if (this.#done) return;
    this.#inbox.add(chunk);
    try {
      while (!this.#done) {
        this.#head ??= this.#readHead();
        if (this.#head === undefined || this.#inbox.held < this.#head.bytes) return;
        const head = this.#head;
        this.#head = undefined;
        const heard = this.#readPayload(head, head.bytes === 0 ? Buffer.alloc(0) : this.#inbox.take(head.bytes));
        if (heard === undefined) continue;
        if (heard.kind === 'close') this.#done = true;
        yield heard;
      }
    } catch (error) {
      if (!(error instanceof Fault)) throw error;
      this.#done = true;
      yield { kind: 'fault', code: error.code, message: error.message };
    }
  }

  #readHead(): Head | undefined {
    const inbox = this.#inbox;
    if (inbox.held < 2) return undefined;
    const start = inbox.peek(2);
    const [first = 0, second = 0] = start;
    // Before the length: what breaks the rules need not be waited for.
    const head = { final: (first & 0x80) !== 0, opcode: first & 0x0f, bytes: second & 0x7f };
    this.#check(head, first, second);
    const size = head.bytes < 126 ? 2 : head.bytes === 126 ? 4 : 10;
    if (inbox.held < size) return undefined;
    const whole = inbox.take(size);
    // Above 2^53 it is no exact number any more, and far above every limit.
    const bytes = size === 2 ? head.bytes : size === 4 ? whole.readUInt16BE(2) : Number(whole.readBigUInt64BE(2));
    const isData = head.opcode < opcodes.close;
    if (isData && bytes + (this.#message?.bytes ?? 0) > this.#maxPayload) {
      throw new Fault(1009, `a message of more than ${String(this.#maxPayload)} bytes`);
    }
    return { ...head, bytes };
  }

  #check({ final, opcode, bytes }: Head, first: number, second: number): void {
    if ((first & 0x70) !== 0) throw new Fault(1002, 'a reserved bit is set');
    if ((second & 0x80) !== 0) throw new Fault(1002, 'a frame of a server is masked');
    switch (opcode) {
      case opcodes.continuation:
        if (this.#message === undefined) throw new Fault(1002, 'a continuation of nothing');
        break;
      case opcodes.text:
      case opcodes.binary:
        if (this.#message !== undefined) throw new Fault(1002, 'a new message inside another');
        break;
      case opcodes.close:
      case opcodes.ping:
      case opcodes.pong:
        if (!final || bytes > MAX_CONTROL_BYTES) throw new Fault(1002, 'a control frame that is too long or in pieces');
        break;
      default:
        throw new Fault(1002, `opcode ${String(opcode)}`);
    }
  }

  #readPayload({ final, opcode }: Head, payload: Buffer): Heard | undefined {
    switch (opcode) {
      case opcodes.ping:
        return { kind: 'ping', payload };
      case opcodes.pong:
        return { kind: 'pong' };
      case opcodes.close:
        return readClose(payload);
      default:
        return this.#readData(final, opcode, payload);
    }
  }

  #readData(final: boolean, opcode: number, payload: Buffer): Heard | undefined {
    const message = this.#message ?? { opcode, parts: [], bytes: 0 };
    if (payload.length > 0) message.parts.push(payload);
    message.bytes += payload.length;
    this.#message = final ? undefined : message;
    if (!final) return undefined;
    if (message.opcode === opcodes.binary) return { kind: 'binary', bytes: message.bytes };
    const [only] = message.parts;
    const whole = message.parts.length === 1 && only !== undefined ? only : Buffer.concat(message.parts);
    if (!isUtf8(whole)) throw new Fault(1007, 'text that is not UTF-8');
    return { kind: 'text', text: whole.toString('utf8') };
  }
}

function readClose(payload: Buffer): Heard {
  if (payload.length === 0) return { kind: 'close', code: NO_CODE, reason: '' };
  const code = payload.length === 1 ? 0 : payload.readUInt16BE(0);
  const reason = payload.subarray(2);
  if (!isCloseCode(code)) throw new Fault(1002, `close code ${String(code)}`);
  if (!isUtf8(reason)) throw new Fault(1007, 'a close reason that is not UTF-8');
  return { kind: 'close', code, reason: reason.toString('utf8') };
}

/**
 * A frame of a client. It has to be masked, by a key that keeps caches between browser and server from mistaking it for
 * something else; between two processes of one user there is nothing to mislead, and a key of zeros changes no byte.
 */
export function clientFrame(opcode: number, payload: Buffer): Buffer {
  const { length } = payload;
  const size = length < 126 ? 2 : length <= 0xff_ff ? 4 : 10;
  const frame = Buffer.allocUnsafe(size + 4 + length);
  frame[0] = 0x80 | opcode;
  frame[1] = 0x80 | (size === 2 ? length : size === 4 ? 126 : 127);
  if (size === 4) frame.writeUInt16BE(length, 2);
  if (size === 10) frame.writeBigUInt64BE(BigInt(length), 2);
  frame.fill(0, size, size + 4);
  payload.copy(frame, size + 4);
  return frame;
}

export function closeFrame(code: number, reason: string): Buffer {
  // A reason must fit into a control frame; a character cut in two would not be UTF-8.
  const text = Buffer.from(reason)
    .subarray(0, MAX_CONTROL_BYTES - 2)
    .toString('utf8')
    .replace(/\uFFFD$/, '');
  const payload = Buffer.alloc(2 + Buffer.byteLength(text));
  payload.writeUInt16BE(code, 0);
  payload.write(text, 2);
  return clientFrame(opcodes.close, payload);
}
