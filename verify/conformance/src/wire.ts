/** A plain socket to a gateway: sends any frame, records all frames, interprets none. */
import { isObject, parseJson } from '@deskclaw/protocol';
import { WebSocket } from 'ws';

export type Frame = Readonly<Record<string, unknown>>;
export interface Closing {
  readonly code: number;
  readonly reason: string;
}

const TIMEOUT_MS = 60_000;

export class Wire {
  readonly frames: Frame[] = [];
  readonly closed: Promise<Closing>;
  /** WebSocket pings of the gateway, ms since this socket opened. */
  readonly pings: number[] = [];
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();
  readonly #openedAt = performance.now();
  #closing: Closing | undefined;
  #read = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data, binary) => {
      const frame = binary ? undefined : parseJson(String(data));
      if (isObject(frame)) this.frames.push(frame);
      this.#wake();
    });
    socket.on('ping', () => this.pings.push(Math.round(performance.now() - this.#openedAt)));
    socket.on('error', () => undefined);
    this.closed = new Promise((resolve) => {
      socket.once('close', (code, reason) => {
        this.#closing = { code, reason: reason.toString('utf8') };
        resolve(this.#closing);
        this.#wake();
      });
    });
  }

  /** Rejects where the gateway refuses the upgrade or nothing listens. */
  static open(port: number, options: { path?: string; origin?: string } = {}): Promise<Wire> {
    const { path = '/', origin } = options;
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`ws://127.0.0.1:${String(port)}${path}`, {
        maxPayload: 64 * 1024 * 1024,
        ...(origin === undefined ? {} : { origin }),
      });
      const wire = new Wire(socket);
      socket.once('open', () => resolve(wire));
      socket.once('error', reject);
    });
  }

  #wake(): void {
    for (const wake of this.#waiting) wake();
  }

  get closing(): Closing | undefined {
    return this.#closing;
  }

  send(frame: Frame | string): void {
    this.#socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /**
   * Resolves with the next matching frame that no earlier call returned. Rejects after `timeoutMs` or when the socket
   * closes.
   */
  async next(fits: (frame: Frame) => boolean, what: string, timeoutMs = TIMEOUT_MS): Promise<Frame> {
    const found = await this.#until(() => {
      for (; this.#read < this.frames.length; this.#read += 1) {
        const frame = this.frames[this.#read];
        if (frame !== undefined && fits(frame)) {
          this.#read += 1;
          return frame;
        }
      }
      return undefined;
    }, timeoutMs);
    if (found !== undefined) return found;
    const end =
      this.#closing === undefined ? '' : ` (closed with ${String(this.#closing.code)} "${this.#closing.reason}")`;
    throw new Error(`no ${what} within ${String(timeoutMs)} ms${end}`);
  }

  /** Resolves with the response with this id, even if it has already arrived. */
  async answer(id: string, timeoutMs = TIMEOUT_MS): Promise<Frame> {
    const isIt = (frame: Frame): boolean => frame['type'] === 'res' && frame['id'] === id;
    const found = await this.#until(() => this.frames.find(isIt), timeoutMs);
    if (found === undefined) throw new Error(`no answer to ${id} within ${String(timeoutMs)} ms`);
    return found;
  }

  async #until<T>(look: () => T | undefined, timeoutMs: number): Promise<T | undefined> {
    const deadline = performance.now() + timeoutMs;
    for (;;) {
      const found = look();
      const left = deadline - performance.now();
      if (found !== undefined || left <= 0 || this.#closing !== undefined) return found;
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          this.#waiting.delete(wake);
          resolve();
        };
        const timer = setTimeout(wake, left);
        this.#waiting.add(wake);
      });
    }
  }

  close(): void {
    this.#socket.terminate();
  }
}

/** A part of a frame by its keys. */
export function at(value: unknown, ...keys: readonly string[]): unknown {
  let current = value;
  for (const key of keys) current = isObject(current) ? current[key] : undefined;
  return current;
}
