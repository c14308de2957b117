import { type Clock, type FrameChannel, GatewayError } from '@deskclaw/core';
import { bindChannel, type Cancel, jsonRpcCodec, RpcFault, RpcPeer } from '@deskclaw/core/internal';
import {
  type ControlEventName,
  type ControlEvents,
  type ControlMethodName,
  describeProblem,
  isProblem,
  type Problem,
  RpcErrorCode,
} from '@deskclaw/protocol';
import { type ControlHandlers, checkParams, controlMethodNames } from './params.ts';

/** A client of the host that asked for some events. */
export interface Subscriber {
  readonly topics: ReadonlySet<ControlEventName>;
  /** Bytes it has not read yet. */
  readonly bufferedBytes: number;
  send<E extends ControlEventName>(event: E, payload: ControlEvents[E]): void;
  /** Disconnects a client that reads too slowly; it reconnects and queries what it missed. */
  disconnect(): void;
}

/** A shell that stopped reading must not make the host's memory grow. */
export const MAX_BUFFERED_BYTES = 16 * 1024 * 1024;

/** How often a client that sends nothing more is checked for answers that are still to be sent. */
const ANSWER_POLL_MS = 20;

/** Tells every subscriber of a topic, each on its own: one slow or broken client disturbs no other. */
export class Broadcast {
  readonly #subscribers = new Set<Subscriber>();

  add(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    return () => this.#subscribers.delete(subscriber);
  }

  /** Whether anybody asked for an event. */
  hasSubscribers(event: ControlEventName): boolean {
    return [...this.#subscribers].some(({ topics }) => topics.has(event));
  }

  publish<E extends ControlEventName>(event: E, payload: ControlEvents[E]): void {
    for (const subscriber of this.#subscribers) {
      if (!subscriber.topics.has(event)) continue;
      if (subscriber.bufferedBytes > MAX_BUFFERED_BYTES) {
        this.#subscribers.delete(subscriber);
        subscriber.disconnect();
      } else {
        subscriber.send(event, payload);
      }
    }
  }
}

/** The kind of a client: a command, a page of the dashboard, or the program that the host runs in (`start --foreground`, the desktop app). */
export type ClientKind = 'command' | 'page' | 'own-program';

export type HostHandlers = Omit<ControlHandlers, 'events.subscribe' | 'events.unsubscribe'>;

/** The shape of `error.data`: carries a problem to the client unchanged. */
interface ControlErrorData {
  readonly problem: Problem;
  /** The gateway's own error, where it answered with one: code and data as they came. */
  readonly rpc?: { readonly code: number | string; readonly data?: unknown };
  readonly outcome?: GatewayError['outcome'];
}

/** @throws RpcFault naming the param that does not fit. */
function checked<M extends ControlMethodName>(method: M, params: unknown) {
  const result = checkParams(method, params);
  if (result.ok) return result.params;
  const { path, message } = result;
  const where = path === '' ? 'params' : `params.${path}`;
  throw new RpcFault(RpcErrorCode.InvalidParams, `${where}: ${message}`, { path });
}

async function answer<M extends ControlMethodName>(
  handlers: ControlHandlers,
  method: M,
  params: unknown,
): Promise<unknown> {
  return handlers[method](checked(method, params));
}

/** Answers with the problem of a `GatewayError`; says nothing of any other error, which goes to `onFault`. */
function describeFault(
  error: unknown,
  redact: (value: unknown) => unknown,
  onFault: (error: unknown) => void,
): RpcFault {
  if (error instanceof RpcFault) return error;
  if (!(error instanceof GatewayError)) {
    onFault(error);
    return new RpcFault(RpcErrorCode.InternalError, 'The host failed; its log says more');
  }
  const { rpc, outcome } = error;
  const redacted = redact(error.problem);
  const problem = isProblem(redacted) ? redacted : error.problem;
  const data: ControlErrorData = {
    problem,
    ...(rpc === undefined ? {} : { rpc }),
    ...(outcome === undefined ? {} : { outcome }),
  };
  return new RpcFault(typeof rpc?.code === 'number' ? rpc.code : RpcErrorCode.ServerError, problem.title, data);
}

/** Serves any number of clients, each over its own channel, and sends them the events they subscribed to. */
export class ControlServer {
  readonly #handlers: HostHandlers;
  readonly #clock: Clock;
  readonly #redact: (value: unknown) => unknown;
  readonly #onFault: (error: unknown) => void;
  readonly #onDisconnect: () => void;
  readonly #onSubscribe: (topics: readonly ControlEventName[]) => void;
  readonly #onRequest: (client: ClientKind, method: ControlMethodName) => void;
  readonly #broadcast = new Broadcast();
  readonly #channels = new Set<FrameChannel>();

  constructor(options: {
    readonly handlers: HostHandlers;
    readonly clock: Clock;
    /** Masks secrets in the problem of a failed request. Default: nothing. */
    readonly redact?: (value: unknown) => unknown;
    readonly onFault: (error: unknown) => void;
    /** Called when a client has disconnected. */
    readonly onDisconnect?: () => void;
    /** Called when a client asked for events. */
    readonly onSubscribe?: (topics: readonly ControlEventName[]) => void;
    /** Called before each request is answered. */
    readonly onRequest?: (client: ClientKind, method: ControlMethodName) => void;
  }) {
    this.#handlers = options.handlers;
    this.#clock = options.clock;
    this.#redact = options.redact ?? ((value) => value);
    this.#onFault = options.onFault;
    this.#onDisconnect = options.onDisconnect ?? (() => undefined);
    this.#onSubscribe = options.onSubscribe ?? (() => undefined);
    this.#onRequest = options.onRequest ?? (() => undefined);
  }

  get clients(): number {
    return this.#channels.size;
  }

  serve(channel: FrameChannel, client: ClientKind = 'command'): void {
    const topics = new Set<ControlEventName>();
    const subscribed = () => ({ topics: [...topics] });
    const handlers: ControlHandlers = {
      ...this.#handlers,
      'events.subscribe': ({ topics: wanted }) => {
        for (const topic of wanted) topics.add(topic);
        this.#onSubscribe(wanted);
        return subscribed();
      },
      'events.unsubscribe': ({ topics: unwanted }) => {
        for (const topic of unwanted) topics.delete(topic);
        return subscribed();
      },
    };
    const peer = new RpcPeer({ clock: this.#clock, listener: { notification: () => undefined, fault: this.#onFault } });
    const closeWhenAnswered = () => {
      if (topics.size > 0) return;
      if (peer.unanswered === 0) channel.close(1000, 'done');
      else cancelPoll = this.#clock.schedule(ANSWER_POLL_MS, closeWhenAnswered);
    };
    let cancelPoll: Cancel | undefined;
    // A request in the last line is running by now, or has been answered.
    channel.onReadEnd?.(closeWhenAnswered);
    for (const method of controlMethodNames) {
      const serve = async (params: unknown): Promise<unknown> => {
        this.#onRequest(client, method);
        try {
          return await answer(handlers, method, params);
        } catch (error) {
          throw describeFault(error, this.#redact, this.#onFault);
        }
      };
      // What passes to the gateway and back stays as it was written.
      peer.onRequest(method, serve, method === 'gateway.rpc' ? 'as-written' : 'double');
    }
    const unsubscribe = this.#broadcast.add({
      topics,
      get bufferedBytes() {
        return channel.bufferedAmount;
      },
      send: (event, payload) => channel.send(jsonRpcCodec.notification(event, JSON.stringify(payload))),
      disconnect: () => channel.close(1013, 'reads too slowly'),
    });
    this.#channels.add(channel);
    bindChannel(peer, channel, jsonRpcCodec, () => {
      unsubscribe();
      cancelPoll?.();
      this.#channels.delete(channel);
      this.#onDisconnect();
      return describeProblem('connection.closed', { detail: 'The shell has left.' }, this.#clock.wallTime());
    });
  }

  publish<E extends ControlEventName>(event: E, payload: ControlEvents[E]): void {
    this.#broadcast.publish(event, payload);
  }

  hasSubscribers(event: ControlEventName): boolean {
    return this.#broadcast.hasSubscribers(event);
  }

  close(): void {
    for (const channel of this.#channels) channel.close(1001, 'the host ends');
  }
}
