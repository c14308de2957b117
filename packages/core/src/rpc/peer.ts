import { describeProblem, type MethodParams, type MethodResult, type Problem } from '@deskclaw/protocol';
import type { Codec } from '../dialect/dialect.ts';
import type { Incoming } from '../dialect/incoming.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { PendingCall } from './call.ts';
import { Calling } from './calling.ts';
import { type PeerCounters, startCounters } from './counters.ts';
import { encodeParams, InvalidRequest } from './encode.ts';
import { invalidRequest, overloaded, tooLarge } from './failures.ts';
import { FrameWriter, type OutboundChannel, type PeerInfo } from './frame-writer.ts';
import type { Latency } from './latency.ts';
import { defaultLimits, type RequestLimits, type RequestOptions } from './options.ts';
import { type RequestHandler, Serving } from './serving.ts';
import type { SettleWatch } from './settler.ts';

export interface PeerListener {
  notification(method: string, params: unknown, seq: number | undefined): void;
  /** A frame that nobody has a use for: broken, or of a kind we do not know. */
  unhandled?(frame: unknown): void;
  /** A request handler or progress listener of ours threw. */
  fault?(error: unknown, method: string): void;
  /** A request of ours has settled. */
  settled?: SettleWatch;
}

export interface PeerOptions {
  readonly clock: Clock;
  readonly listener: PeerListener;
  readonly limits?: Partial<RequestLimits>;
}

export interface BatchedRequest {
  readonly method: string;
  readonly params?: unknown;
  readonly options?: RequestOptions;
}

/** One connection, and the way back to it. */
interface Link {
  readonly writer: FrameWriter;
  readonly serving: Serving;
  readonly answer: (text: string) => void;
}

const noOptions: RequestOptions = {};

/**
 * One side of an RPC conversation that outlives its sockets. Every request settles exactly once.
 *
 * Order: requests leave in the order they were made; after a reconnect first the prelude (declared subscriptions), then
 * interrupted requests in their old order, then the queue. Replies and notifications are handed on in the order they arrive.
 */
export class RpcPeer {
  readonly counters: Readonly<PeerCounters>;
  readonly #counters: PeerCounters = startCounters();
  readonly #clock: Clock;
  readonly #listener: PeerListener;
  readonly #limits: RequestLimits;
  readonly #calling: Calling;
  readonly #handlers = new Map<string, RequestHandler>();
  #link: Link | undefined;
  #absence: Problem;

  constructor(options: PeerOptions) {
    this.counters = this.#counters;
    this.#clock = options.clock;
    this.#listener = options.listener;
    this.#limits = { ...defaultLimits, ...options.limits };
    this.#absence = describeProblem('connection.closed', { detail: 'It was not opened yet.' }, this.#clock.wallTime());
    this.#calling = new Calling(this.#clock, this.#limits, this.#counters, this.#absence, {
      fault: this.#fault,
      settled: options.listener.settled,
    });
  }

  /** A connection is up: what waits goes out. */
  attach(channel: OutboundChannel, codec: Codec, facts: PeerInfo = {}, prelude: () => void = () => undefined): void {
    this.#link?.serving.abandon();
    const writer = new FrameWriter(channel, codec, this.#limits.highWaterMark, facts);
    const serving = new Serving(writer, this.#handlers, this.#limits.maxServing, this.#fault);
    this.#link = { writer, serving, answer: (text) => this.#reply(writer, () => writer.send(text)) };
    this.#calling.attach(writer, prelude);
  }

  /** The connection is gone and may come back. What may be sent (again) then is kept; the rest is rejected now. */
  detach(problem: Problem): void {
    this.#unlink(problem);
    this.#calling.detach(problem);
  }

  /** The end, until the next `attach` or `detach`: everything pending is rejected, and everything asked from now on. */
  close(problem: Problem): void {
    this.#unlink(problem);
    this.#calling.close(problem);
  }

  /** Never throws: what cannot be sent is a rejected promise (`request.invalid`, `request.overloaded`, or why there is no connection). */
  request<M extends string>(method: M, params?: MethodParams<M>, options?: RequestOptions): Promise<MethodResult<M>>;
  request(method: string, params?: unknown, options: RequestOptions = noOptions): Promise<unknown> {
    return this.#calling.request(method, params, options);
  }

  /** Several requests in one frame where the dialect has batches, else one after the other. Each settles by itself. */
  batch(requests: readonly BatchedRequest[]): Promise<unknown>[] {
    const replies: Promise<unknown>[] = [];
    const ask = () => {
      for (const { method, params, options } of requests) replies.push(this.request(method, params, options));
    };
    if (this.#link === undefined) ask();
    else this.#link.writer.gather(ask);
    return replies;
  }

  /** @throws GatewayError where it cannot be written now: nothing is kept for later. */
  notify(method: string, params?: unknown): void {
    if (this.#link === undefined) throw new GatewayError(this.#absence, { outcome: 'not-sent' });
    const { writer: wire } = this.#link;
    if (wire.isCongested) throw overloaded('highWaterMark', this.#clock.wallTime());
    const text = wire.codec.notification(method, this.#encode(method, params));
    const limit = wire.limitExceededBy(text);
    if (limit !== undefined) throw tooLarge(method, limit, this.#clock.wallTime());
    wire.send(text);
  }

  /** One handler for each method; the newest holds. A method without one is answered with -32601. */
  onRequest(method: string, handler: RequestHandler): () => void {
    this.#handlers.set(method, handler);
    return () => {
      if (this.#handlers.get(method) === handler) this.#handlers.delete(method);
    };
  }

  /** Time has passed that nobody could use (this machine slept): every request gets its whole time again. */
  resetDeadlines(): void {
    this.#calling.resetDeadlines();
  }

  /** Takes a frame of the attached channel. Never throws, whatever it holds. */
  receive(text: string): void {
    const link = this.#link;
    if (link === undefined) return;
    this.#take(link.writer.codec.read(text), link, link.answer);
    if (this.#calling.hasQueue) this.#calling.pump();
  }

  pending(): PendingCall[] {
    return this.#calling.pending();
  }

  /** Resolves when every request made so far has settled, one way or another. */
  whenSettled(): Promise<void> {
    return this.#calling.whenSettled();
  }

  latency(): Latency | undefined {
    return this.#calling.latency();
  }

  readonly #fault = (error: unknown, method: string): void => {
    try {
      this.#listener.fault?.(error, method);
    } catch {
      // The one who hears of faults has a fault: there is nobody left to tell.
    }
  };

  #unlink(problem: Problem): void {
    this.#absence = problem;
    this.#link?.serving.abandon();
    this.#link = undefined;
  }

  #encode(method: string, params: unknown): string | undefined {
    try {
      return encodeParams(params, undefined);
    } catch (error) {
      if (error instanceof InvalidRequest) throw invalidRequest(method, error.message, this.#clock.wallTime());
      throw error;
    }
  }

  #take(incoming: Incoming, link: Link, answer: (text: string) => void): void {
    try {
      this.#handle(incoming, link, answer);
    } catch (error) {
      this.#fault(error, incoming.kind);
    }
  }

  #handle(incoming: Incoming, link: Link, answer: (text: string) => void): void {
    switch (incoming.kind) {
      case 'result':
        this.#calling.answers.result(incoming.id, incoming.value);
        break;
      case 'failure':
        this.#calling.answers.failure(incoming.id, incoming.error);
        break;
      case 'accepted':
        this.#calling.answers.accepted(incoming);
        break;
      case 'progress':
        this.#calling.answers.progress(incoming.id, incoming.value);
        break;
      case 'notification':
        this.#counters.notifications += 1;
        this.#listener.notification(incoming.method, incoming.params, incoming.seq);
        break;
      case 'request':
        this.#counters.served += 1;
        link.serving.serve(incoming.id, incoming.method, incoming.params, answer);
        break;
      case 'cancel':
        link.serving.cancel(incoming.id);
        break;
      case 'batch':
        this.#takeBatch(incoming.items, link);
        break;
      case 'malformed-reply':
        this.#calling.answers.malformed(incoming.id);
        this.#listener.unhandled?.(incoming.frame);
        break;
      case 'invalid':
        this.#counters.invalidFrames += 1;
        if (incoming.answer !== undefined) answer(link.writer.codec.failure(incoming.answer.id, incoming.answer.error));
        this.#listener.unhandled?.(incoming.frame);
        break;
      case 'unhandled':
        this.#listener.unhandled?.(incoming.frame);
        break;
      default:
        incoming satisfies never;
    }
  }

  /** One frame answers a batch, once its last request is answered; a batch that asks nothing is answered with nothing. */
  #takeBatch(items: readonly Incoming[], link: Link): void {
    const expected = items.filter((item) => item.kind === 'request' || (item.kind === 'invalid' && item.answer)).length;
    const answers: string[] = [];
    const gather = (text: string) => {
      answers.push(text);
      if (answers.length === expected) this.#reply(link.writer, () => link.writer.sendTogether(answers));
    };
    for (const item of items) {
      // A listener may have hung up in the middle.
      if (this.#link !== link) return;
      this.#take(item, link, gather);
    }
  }

  /** Answers of a peer that does not read would pile up without end; it has not earned them. */
  #reply(writer: FrameWriter, write: () => void): void {
    if (this.#link?.writer !== writer) return;
    if (writer.isCongested) this.#counters.droppedAnswers += 1;
    else write();
  }
}
