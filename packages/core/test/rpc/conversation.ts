import { describeProblem, isObject, type Problem } from '@deskclaw/protocol';
import { jsonRpcCodec } from '../../src/dialect/jsonrpc-codec.ts';
import type { GatewayError } from '../../src/errors/gateway-error.ts';
import type { RequestLimits } from '../../src/rpc/options.ts';
import { RpcPeer } from '../../src/rpc/peer.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';

export const broken: Problem = describeProblem('connection.lost', { code: 1006 }, 0);
export const closed: Problem = describeProblem('connection.closed', { detail: 'It was closed by us.' }, 0);

/** Channel that records the sent texts. */
export class Recorder {
  readonly texts: string[] = [];
  bufferedAmount = 0;
  closed: { readonly code: number; readonly reason: string } | undefined;

  send(text: string): void {
    this.texts.push(text);
  }

  close(code: number, reason: string): void {
    this.closed = { code, reason };
  }

  /** Returns the frames since the last call, parsed. */
  take(): unknown[] {
    return this.texts.splice(0).map((text): unknown => JSON.parse(text));
  }
}

/** An RPC peer with a simulated clock; records its frames and notifications. */
export class Conversation {
  readonly clock = new SimulatedClock();
  readonly wire = new Recorder();
  readonly notifications: unknown[] = [];
  readonly unclaimed: unknown[] = [];
  readonly faults: unknown[] = [];
  readonly peer: RpcPeer;

  constructor(limits: Partial<RequestLimits> = {}) {
    this.peer = new RpcPeer({
      clock: this.clock,
      limits,
      listener: {
        notification: (method, params, seq) => this.notifications.push({ method, params, seq }),
        unhandled: (frame) => this.unclaimed.push(frame),
        fault: (error, method) => this.faults.push({ error, method }),
      },
    });
  }

  static open(limits: Partial<RequestLimits> = {}): Conversation {
    const conversation = new Conversation(limits);
    conversation.attach();
    return conversation;
  }

  attach(): void {
    this.peer.attach(this.wire, jsonRpcCodec);
  }

  hear(frame: unknown): void {
    this.peer.receive(JSON.stringify(frame));
  }

  /** Ids of the requests sent since the last look. */
  ids(): unknown[] {
    return this.wire
      .take()
      .filter((frame) => isObject(frame) && 'method' in frame && 'id' in frame)
      .map((frame) => (isObject(frame) ? frame['id'] : undefined));
  }

  answer(id: unknown, result: unknown): void {
    this.hear({ jsonrpc: '2.0', id, result });
  }
}

export interface Watched {
  state: 'pending' | 'resolved' | 'rejected';
  value: unknown;
  error: GatewayError | undefined;
}

/** Looks at a promise without waiting for it. */
export function watch(promise: Promise<unknown>): Watched {
  const watched: Watched = { state: 'pending', value: undefined, error: undefined };
  promise.then(
    (value) => Object.assign(watched, { state: 'resolved', value }),
    (error: unknown) => Object.assign(watched, { state: 'rejected', error }),
  );
  return watched;
}
