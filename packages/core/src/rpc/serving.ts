import { RpcErrorCode, type RpcErrorObject, type RpcId } from '@deskclaw/protocol';
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

/** Requests of the peer to us. One per connection: an answer belongs to the socket that asked. */
export class Serving {
  readonly #writer: FrameWriter;
  readonly #handlers: ReadonlyMap<string, RequestHandler>;
  readonly #maxRunning: number;
  readonly #onHandlerError: (error: unknown, method: string) => void;
  readonly #running = new Map<RpcId, Set<AbortController>>();
  #count = 0;

  constructor(
    writer: FrameWriter,
    handlers: ReadonlyMap<string, RequestHandler>,
    maxRunning: number,
    onHandlerError: (error: unknown, method: string) => void,
  ) {
    this.#writer = writer;
    this.#handlers = handlers;
    this.#maxRunning = maxRunning;
    this.#onHandlerError = onHandlerError;
  }

  /** Answers exactly once, now or later. */
  serve(id: RpcId, method: string, params: unknown, answer: (text: string) => void): void {
    const handler = this.#handlers.get(method);
    if (handler === undefined) {
      answer(this.#writer.codec.failure(id, { code: RpcErrorCode.MethodNotFound, message: 'Method not found' }));
      return;
    }
    if (this.#count >= this.#maxRunning) {
      answer(this.#writer.codec.failure(id, { code: RpcErrorCode.ServerError, message: 'Too many requests at once' }));
      return;
    }
    void this.#run(id, method, params, handler).then(answer);
  }

  cancel(id: RpcId): void {
    for (const controller of this.#running.get(id) ?? []) controller.abort();
  }

  /** The connection has ended: aborts the handlers that still run. Their answers are dropped, as those of every old connection. */
  abandon(): void {
    for (const controllers of this.#running.values()) for (const controller of controllers) controller.abort();
    this.#running.clear();
  }

  async #run(id: RpcId, method: string, params: unknown, handler: RequestHandler): Promise<string> {
    const controller = new AbortController();
    const same = this.#running.get(id) ?? new Set();
    this.#running.set(id, same.add(controller));
    this.#count += 1;
    let text: string;
    try {
      text = this.#fitting(
        this.#writer.codec.success(id, await handler(params, { method, signal: controller.signal })),
      );
    } catch (error) {
      text = this.#failure(id, error, method);
    }
    this.#count -= 1;
    same.delete(controller);
    if (same.size === 0) this.#running.delete(id);
    return text;
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
