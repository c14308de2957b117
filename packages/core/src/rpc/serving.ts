import { RpcErrorCode, type RpcErrorObject, type RpcId } from '@deskclaw/protocol';
import type { AbortSignal } from '../ports/abort-signal.ts';
import type { AnswerQueue } from './answer-queue.ts';
import type { FrameWriter } from './frame-writer.ts';

/** Thrown by a request handler to answer with this error. Any other error is answered as -32603, and reveals nothing of our internals. */
export class RpcFault extends Error {
  readonly code: number;
  declare readonly data?: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.name = 'RpcFault';
    this.code = code;
    if (data !== undefined) this.data = data;
  }
}

export interface RequestContext {
  readonly method: string;
  /** Aborted when the peer cancels the request or its connection ends. */
  readonly signal: AbortSignal;
}
/** Returns the answer to a request of the peer. Throw an `RpcFault` to answer with that error. */
export type RequestHandler = (params: unknown, context: RequestContext) => unknown;

const internalError: RpcErrorObject = { code: RpcErrorCode.InternalError, message: 'Internal error' };

class AnswerTooLarge extends Error {}

/** Writes an answer down when it is about to be sent: until then its value costs less than its text. */
export type Encode = () => string;

/** Requests of the peer to us. One per connection: an answer belongs to the socket that asked. */
export class Serving {
  readonly #writer: FrameWriter;
  readonly #answers: AnswerQueue;
  readonly #handlers: ReadonlyMap<string, RequestHandler>;
  readonly #maxRunning: number;
  readonly #onHandlerError: (error: unknown, method: string) => void;
  readonly #running = new Map<RpcId, Set<AbortController>>();
  #count = 0;

  constructor(
    writer: FrameWriter,
    answers: AnswerQueue,
    handlers: ReadonlyMap<string, RequestHandler>,
    maxRunning: number,
    onHandlerError: (error: unknown, method: string) => void,
  ) {
    this.#writer = writer;
    this.#answers = answers;
    this.#handlers = handlers;
    this.#maxRunning = maxRunning;
    this.#onHandlerError = onHandlerError;
  }

  /** Requests whose answer is not on its way yet. */
  get unanswered(): number {
    return this.#count + this.#answers.size;
  }

  /** Answers exactly once, now or later, unless the connection ends first. */
  serve(id: RpcId, method: string, params: unknown, answer: (encode: Encode) => void): void {
    const refuse = (code: number, message: string): void =>
      answer(() => this.#writer.codec.failure(id, { code, message }));
    const handler = this.#handlers.get(method);
    if (handler === undefined) refuse(RpcErrorCode.MethodNotFound, 'Method not found');
    else if (this.unanswered >= this.#maxRunning) refuse(RpcErrorCode.ServerError, 'Too many requests at once');
    else void this.#run(id, method, params, handler).then(answer);
  }

  cancel(id: RpcId): void {
    for (const controller of this.#running.get(id) ?? []) controller.abort();
  }

  /** The connection has ended: aborts the handlers that still run. Their answers are dropped, as those of every old connection. */
  abandon(): void {
    for (const controllers of this.#running.values()) for (const controller of controllers) controller.abort();
    this.#running.clear();
    this.#answers.abandon();
  }

  async #run(id: RpcId, method: string, params: unknown, handler: RequestHandler): Promise<Encode> {
    const controller = new AbortController();
    const same = this.#running.get(id) ?? new Set();
    this.#running.set(id, same.add(controller));
    this.#count += 1;
    let encode: Encode;
    try {
      const result = await handler(params, { method, signal: controller.signal });
      encode = () => this.#success(id, result, method);
    } catch (error) {
      encode = () => this.#failure(id, error, method);
    }
    this.#count -= 1;
    same.delete(controller);
    if (same.size === 0) this.#running.delete(id);
    return encode;
  }

  #success(id: RpcId, result: unknown, method: string): string {
    try {
      return this.#fitting(this.#writer.codec.success(id, result));
    } catch (error) {
      return this.#failure(id, error, method);
    }
  }

  #failure(id: RpcId, error: unknown, method: string): string {
    let fault = error;
    if (error instanceof RpcFault) {
      const { code, message, data } = error;
      try {
        return this.#fitting(
          this.#writer.codec.failure(id, data === undefined ? { code, message } : { code, message, data }),
        );
      } catch (encodingError) {
        fault = encodingError;
      }
    }
    this.#onHandlerError(fault, method);
    // The message of any other error may hold what is not meant for the peer.
    const message = fault instanceof AnswerTooLarge ? fault.message : internalError.message;
    return this.#writer.codec.failure(id, { ...internalError, message });
  }

  /** @throws AnswerTooLarge where the peer would end the connection over it. */
  #fitting(text: string): string {
    const limit = this.#writer.limitExceededBy(text);
    if (limit === undefined) return text;
    throw new AnswerTooLarge(`The answer is larger than the ${String(limit)} bytes that the peer takes`);
  }
}
