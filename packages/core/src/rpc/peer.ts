import {
  type DurationHistogram,
  describeProblem,
  type MethodParams,
  type MethodResult,
  mayLoseDigits,
  type Problem,
  parseAsWritten,
} from '@deskclaw/protocol';
import type { Codec } from '../dialect/dialect.ts';
import type { Incoming, InvalidAnswer } from '../dialect/incoming.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Clock } from '../ports/clock.ts';
import { AnswerQueue } from './answer-queue.ts';
import { encodeParams, InvalidRequest, type PendingCall } from './call.ts';
import { type PeerCounters, startCounters } from './counters.ts';
import { invalidRequest, overloaded, tooLarge } from './failures.ts';
import {
  type ChannelCloseInfo,
  type FrameChannel,
  FrameWriter,
  type OutboundChannel,
  type PeerInfo,
} from './frame-writer.ts';
import { defaultLimits, type NumberReading, type RequestLimits, type RequestOptions } from './options.ts';
import { OutgoingRequests } from './outgoing-requests.ts';
import { type Latency, PendingTable } from './pending-table.ts';
import { type Encode, type RequestHandler, Serving } from './serving.ts';
import { type SettleListener, Settlements } from './settlements.ts';

export interface PeerListener {
  notification(method: string, params: unknown, seq: number | undefined): void;
  /** Called for a frame that nothing handles: it is broken, or of an unknown kind. */
  unhandled?(frame: unknown): void;
  /** A request handler or progress listener of ours threw. */
  fault?(error: unknown, method: string): void;
  /** A request of ours has settled. */
  settled?: SettleListener;
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

/** A connection that is being prepared: its requests and notifications go out before all others. */
export interface PreparingConnection {
  request(method: string, params?: unknown, options?: RequestOptions): Promise<unknown>;
  /** @throws GatewayError if the notification cannot be written now. */
  notify(method: string, params?: unknown): void;
}

/** The current connection: its writer, its incoming requests and how to answer on it. */
interface Link {
  readonly channel: OutboundChannel;
  isPreparing: boolean;
  readonly writer: FrameWriter;
  readonly serving: Serving;
  readonly answers: AnswerQueue;
  readonly answer: (encode: Encode) => void;
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
  readonly #pending: PendingTable;
  readonly #requests: OutgoingRequests;
  readonly #settlements: Settlements;
  readonly #handlers = new Map<string, RequestHandler>();
  /** Methods whose parameters keep their numbers as written. */
  readonly #readAsWritten = new Set<string>();
  #link: Link | undefined;
  #disconnected: Problem;
  #answered: (() => void) | undefined;

  constructor({ clock, listener, limits }: PeerOptions) {
    this.counters = this.#counters;
    this.#clock = clock;
    this.#listener = listener;
    this.#limits = { ...defaultLimits, ...limits };
    this.#disconnected = describeProblem('connection.closed', { detail: 'It was not opened yet.' }, clock.wallTime());
    this.#pending = new PendingTable(clock, this.#counters, this.#limits.maxInFlight);
    const shared = { clock, counters: this.#counters, pending: this.#pending };
    this.#settlements = new Settlements({ ...shared, listener: { fault: this.#fault, settled: listener.settled } });
    const deps = { ...shared, limits: this.#limits, settlements: this.#settlements };
    this.#requests = new OutgoingRequests(deps, this.#disconnected);
  }

  /** A connection is up: sends what `prelude` requests, then what waits. */
  attach(channel: OutboundChannel, codec: Codec, info: PeerInfo = {}, prelude: () => void = () => undefined): void {
    const isPrepared = this.#link?.isPreparing === true && this.#link.channel === channel;
    const link = this.#link !== undefined && isPrepared ? this.#link : this.#open(channel, codec, info);
    link.isPreparing = false;
    this.#requests.attach(link.writer, prelude);
  }

  /** A connection is up and may be used by its preparation only, until `attach`. The peer's frames are taken already. */
  prepare(channel: OutboundChannel, codec: Codec, info: PeerInfo = {}): PreparingConnection {
    const link = this.#open(channel, codec, info);
    this.#requests.prepare(link.writer);
    return {
      request: (method, params, options = noOptions) => this.#requests.request(method, params, options, link.writer),
      notify: (method, params) => {
        if (this.#link !== link) throw new GatewayError(this.#disconnected, { outcome: 'not-sent' });
        this.#notify(link, method, params);
      },
    };
  }

  /** Sets what is called at every answer to a request of ours, late ones too; `undefined`: nothing. */
  expectAnswer(answered: (() => void) | undefined): void {
    this.#answered = answered;
  }

  /** The connection is gone and may come back. Keeps the requests that may be sent (again) then, and rejects the others. */
  detach(problem: Problem): void {
    this.#unlink(problem);
    this.#requests.detach(problem);
  }

  /** Rejects all pending requests, and every new one until the next `attach` or `detach`. */
  close(problem: Problem): void {
    this.#unlink(problem);
    this.#requests.close(problem);
  }

  /** Never throws; rejects with `request.invalid`, `request.overloaded`, or the reason why there is no connection. */
  request<M extends string>(method: M, params?: MethodParams<M>, options?: RequestOptions): Promise<MethodResult<M>>;
  request(method: string, params?: unknown, options: RequestOptions = noOptions): Promise<unknown> {
    return this.#requests.request(method, params, options);
  }

  /** Sends several requests in one frame where the dialect has batches, else one after the other. Each settles by itself. */
  batch(requests: readonly BatchedRequest[]): Promise<unknown>[] {
    const replies: Promise<unknown>[] = [];
    const ask = () => {
      for (const { method, params, options } of requests) replies.push(this.request(method, params, options));
    };
    if (this.#link === undefined) ask();
    else this.#link.writer.gather(ask);
    return replies;
  }

  /** @throws GatewayError if the notification cannot be written now: it is not kept for later. */
  notify(method: string, params?: unknown): void {
    if (this.#link === undefined || this.#link.isPreparing) {
      throw new GatewayError(this.#disconnected, { outcome: 'not-sent' });
    }
    this.#notify(this.#link, method, params);
  }

  #notify({ writer }: Link, method: string, params: unknown): void {
    if (writer.isCongested) throw overloaded('highWaterMark', this.#clock.wallTime());
    const text = writer.codec.notification(method, this.#encode(method, params));
    const limit = writer.limitExceededBy(text);
    if (limit !== undefined) throw tooLarge(method, limit, this.#clock.wallTime());
    writer.send(text);
  }

  /** Sets the handler of a method, in place of an earlier one. A method without a handler is answered with -32601. */
  onRequest(method: string, handler: RequestHandler, numbers: NumberReading = 'double'): () => void {
    this.#handlers.set(method, handler);
    if (numbers === 'as-written') this.#readAsWritten.add(method);
    else this.#readAsWritten.delete(method);
    return () => {
      if (this.#handlers.get(method) === handler) this.#handlers.delete(method);
    };
  }

  /** Restarts the deadline of every request; called after the machine slept. */
  resetDeadlines(): void {
    this.#requests.resetDeadlines();
  }

  /** Takes a frame of the attached channel. Never throws. */
  receive(text: string): void {
    const link = this.#link;
    if (link === undefined) return;
    this.#take(this.#read(text, link.writer.codec), link, link.answer);
    if (this.#requests.hasQueue) this.#requests.pump();
  }

  /** Requests of the peer whose answer is not on its way yet. */
  get unanswered(): number {
    return this.#link?.serving.unanswered ?? 0;
  }

  pending(): PendingCall[] {
    return this.#requests.pending();
  }

  /** Resolves when every request made so far has settled, with a result or an error. */
  whenSettled(): Promise<void> {
    return this.#requests.whenSettled();
  }

  latency(): Latency | undefined {
    return this.#pending.latency();
  }

  roundTrips(): DurationHistogram {
    return this.#pending.roundTrips();
  }

  readonly #fault = (error: unknown, method: string): void => {
    try {
      this.#listener.fault?.(error, method);
    } catch {
      // The fault listener itself threw; there is nowhere left to report it.
    }
  };

  #open(channel: OutboundChannel, codec: Codec, info: PeerInfo): Link {
    this.#link?.serving.abandon();
    const writer = new FrameWriter(channel, codec, this.#limits.highWaterMark, info);
    const answers = new AnswerQueue(writer, this.#clock);
    const serving = new Serving(writer, answers, this.#handlers, this.#limits.maxServing, this.#fault);
    const answer = (encode: Encode) => this.#reply(answers, () => writer.send(encode()));
    this.#settlements.setPeerInfo(info);
    this.#link = { channel, isPreparing: true, writer, serving, answers, answer };
    return this.#link;
  }

  #unlink(problem: Problem): void {
    this.#disconnected = problem;
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

  /** Reads a frame a second time where it answers, or is, a request whose numbers are to stay as written. Batches are not. */
  #read(text: string, codec: Codec): Incoming {
    const incoming = codec.read(text);
    const keeps =
      (incoming.kind === 'result' && this.#pending.find(incoming.id)?.numbers === 'as-written') ||
      (incoming.kind === 'request' && this.#readAsWritten.has(incoming.method));
    if (!keeps || !mayLoseDigits(text)) return incoming;
    const written = codec.read(text, parseAsWritten);
    // An id that is written in an odd way is no number then.
    return written.kind === incoming.kind && written.id === incoming.id ? written : incoming;
  }

  #take(incoming: Incoming, link: Link, answer: (encode: Encode) => void): void {
    try {
      this.#handle(incoming, link, answer);
    } catch (error) {
      this.#fault(error, incoming.kind);
    }
  }

  #handle(incoming: Incoming, link: Link, answer: (encode: Encode) => void): void {
    switch (incoming.kind) {
      case 'result':
        if (this.#settlements.result(incoming.id, incoming.value)) this.#answered?.();
        else this.#reportUnknownReply(incoming.frame);
        break;
      case 'failure':
        if (this.#settlements.failure(incoming.id, incoming.error)) this.#answered?.();
        else this.#reportUnknownReply(incoming.frame);
        break;
      case 'accepted':
        this.#settlements.accepted(incoming, this.#requests);
        break;
      case 'progress':
        this.#settlements.progress(incoming.id, incoming.value);
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
        this.#settlements.malformed(incoming.id);
        this.#listener.unhandled?.(incoming.frame);
        break;
      case 'invalid':
        this.#counters.invalidFrames += 1;
        this.#answerInvalid(incoming.answer, link, answer);
        this.#listener.unhandled?.(incoming.frame);
        break;
      case 'unhandled':
        this.#listener.unhandled?.(incoming.frame);
        break;
      default:
        incoming satisfies never;
    }
  }

  #reportUnknownReply(frame: unknown): void {
    if (frame !== undefined) this.#listener.unhandled?.(frame);
  }

  /** Answers a batch in one frame, once its last request is answered; a batch without requests gets no answer. */
  #takeBatch(items: readonly Incoming[], link: Link): void {
    const expected = items.filter((item) => item.kind === 'request' || (item.kind === 'invalid' && item.answer)).length;
    const answers: Encode[] = [];
    const gather = (encode: Encode) => {
      answers.push(encode);
      if (answers.length < expected) return;
      this.#reply(link.answers, () => link.writer.sendTogether(answers.map((each) => each())));
    };
    for (const item of items) {
      // A listener may have closed the connection in between.
      if (this.#link !== link) return;
      this.#take(item, link, gather);
    }
  }

  #answerInvalid(invalid: InvalidAnswer | undefined, link: Link, answer: (encode: Encode) => void): void {
    if (invalid !== undefined) answer(() => link.writer.codec.failure(invalid.id, invalid.error));
  }

  #reply(answers: AnswerQueue, write: () => void): void {
    try {
      if (answers.push(write)) this.#counters.delayedAnswers += 1;
    } catch (error) {
      this.#fault(error, 'answer');
    }
  }
}

/** Attaches the peer to a channel that opens once and ends once: a control socket, a message port. */
export function bindChannel(
  peer: RpcPeer,
  channel: FrameChannel,
  codec: Codec,
  describeEnd: (end: ChannelCloseInfo) => Problem,
): void {
  const { maxPayload } = channel;
  peer.attach(channel, codec, maxPayload === undefined ? {} : { maxPayload });
  channel.onFrame((text) => peer.receive(text));
  channel.onClose((end) => peer.close(describeEnd(end)));
}
