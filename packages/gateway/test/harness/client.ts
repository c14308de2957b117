import { isObject } from '@deskclaw/protocol';
import { type ClientOptions, WebSocket } from 'ws';

export type Frame = Readonly<Record<string, unknown>>;
const TIMEOUT_MS = 8000;

/** A real WebSocket client that keeps every frame until a test asks for it. */
export class Client {
  readonly socket: WebSocket;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  /** Every frame that came, as text; binary ones as `<binary N>`. */
  readonly received: string[] = [];
  #unread: unknown[] = [];
  #wake: () => void = () => undefined;
  #nextId = 0;

  constructor(url: string, options: ClientOptions = {}) {
    this.socket = new WebSocket(url, { perMessageDeflate: false, ...options });
    this.closed = new Promise((resolve) => {
      this.socket.on('close', (code, reason) => resolve({ code, reason: String(reason) }));
    });
    this.socket.on('error', () => undefined);
    this.socket.on('message', (data, isBinary) => {
      const text = isBinary ? `<binary ${Buffer.isBuffer(data) ? data.length : '?'}>` : String(data);
      this.received.push(text);
      this.#unread.push(isBinary ? text : parse(text));
      this.#wake();
    });
  }

  static async open(url: string, options: ClientOptions = {}): Promise<Client> {
    const client = new Client(url, options);
    await new Promise((resolve, reject) => {
      client.socket.once('open', resolve);
      client.socket.once('error', reject);
    });
    return client;
  }

  send(frame: unknown): void {
    this.socket.send(typeof frame === 'string' ? frame : JSON.stringify(frame));
  }

  /** Returns the first unread frame that matches; earlier ones stay unread. */
  async next(fits: (frame: Frame) => boolean, what = 'a frame'): Promise<Frame> {
    const deadline = Date.now() + TIMEOUT_MS;
    while (true) {
      const index = this.#unread.findIndex((frame) => isObject(frame) && fits(frame));
      if (index >= 0) {
        const [frame] = this.#unread.splice(index, 1);
        if (isObject(frame)) return frame;
      }
      if (!(await this.#more(deadline)))
        throw new Error(`waited for ${what}; came: ${this.received.join('\n').slice(-3000)}`);
    }
  }

  /** JSON-RPC: the next answer to a batch. */
  async batch(): Promise<readonly unknown[]> {
    const deadline = Date.now() + TIMEOUT_MS;
    while (true) {
      const frame = this.#unread.find((unread) => Array.isArray(unread));
      if (Array.isArray(frame)) {
        this.#unread.splice(this.#unread.indexOf(frame), 1);
        return frame;
      }
      if (!(await this.#more(deadline))) throw new Error('waited for the answer to a batch; none came');
    }
  }

  /** Returns the next unread frame. */
  async any(): Promise<unknown> {
    const deadline = Date.now() + TIMEOUT_MS;
    while (this.#unread.length === 0) {
      if (!(await this.#more(deadline))) throw new Error('waited for any frame; none came');
    }
    return this.#unread.shift();
  }

  /** JSON-RPC: the whole response. */
  async request(method: string, params?: unknown): Promise<Frame> {
    this.#nextId += 1;
    const id = this.#nextId;
    this.send({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) });
    return this.next((frame) => frame['id'] === id && !('method' in frame), `the answer to ${method}`);
  }

  /** JSON-RPC: the result, or a throw with the error. */
  async call(method: string, params?: unknown): Promise<Frame> {
    const { result, error } = await this.request(method, params);
    if (!isObject(result)) throw new Error(`${method}: ${JSON.stringify(error ?? result)}`);
    return result;
  }

  /** JSON-RPC: the error, or a throw with the result. */
  async refusal(method: string, params?: unknown): Promise<Frame> {
    const { result, error } = await this.request(method, params);
    if (!isObject(error)) throw new Error(`${method} was not refused: ${JSON.stringify(result)}`);
    return error;
  }

  /** JSON-RPC: the params of the next notification of that name that fits. */
  async notification(method: string, fits: (params: Frame) => boolean = () => true): Promise<Frame> {
    const isIt = (frame: Frame): boolean =>
      frame['method'] === method && !('id' in frame) && isObject(frame['params']) && fits(frame['params']);
    const { params } = await this.next(isIt, `notification ${method}`);
    if (!isObject(params)) throw new Error('no params');
    return params;
  }

  /** OpenClaw: the whole response. */
  async ask(method: string, params: unknown = {}): Promise<Frame> {
    this.#nextId += 1;
    const id = `r${this.#nextId}`;
    this.send({ type: 'req', id, method, params });
    return this.next((frame) => frame['type'] === 'res' && frame['id'] === id, `the answer to ${method}`);
  }

  /** Resolves with the next matching OpenClaw event of this name. */
  async event(name: string, fits: (payload: Frame) => boolean = () => true): Promise<Frame> {
    return this.next(
      (frame) => frame['event'] === name && isObject(frame['payload']) && fits(frame['payload']),
      `event ${name}`,
    );
  }

  async close(): Promise<void> {
    this.socket.close();
    await this.closed;
  }

  #more(deadline: number): Promise<boolean> {
    const left = deadline - Date.now();
    if (left <= 0) return Promise.resolve(false);
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), left);
      this.#wake = () => {
        clearTimeout(timer);
        resolve(true);
      };
    });
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
