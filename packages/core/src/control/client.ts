import {
  CONTROL_PROTOCOL,
  type ControlEventName,
  type ControlEvents,
  type ControlMethodName,
  type ControlMethods,
  controlEventNames,
  describeProblem,
  isObject,
  isProblem,
  type Problem,
  RpcErrorCode,
} from '@deskclaw/protocol';
import { jsonRpcCodec } from '../dialect/jsonrpc-codec.ts';
import { GatewayError, type RequestOutcome } from '../errors/gateway-error.ts';
import { Emitter } from '../events/emitter.ts';
import type { AbortSignal } from '../ports/abort-signal.ts';
import type { Clock } from '../ports/clock.ts';
import type { ChannelCloseInfo, FrameChannel } from '../rpc/frame-writer.ts';
import type { NumberReading } from '../rpc/options.ts';
import { bindChannel, RpcPeer } from '../rpc/peer.ts';

/** A start may take minutes and reports its progress by events, so only a silent host is given up on. */
const LONG_CALL_TIMEOUT_MS = 15 * 60_000;
const longCalls: ReadonlySet<ControlMethodName> = new Set([
  'gateway.start',
  'gateway.stop',
  'gateway.restart',
  'gateway.recover',
  'gateway.rpc',
  'host.shutdown',
  'host.rotateToken',
]);
const outcomes = ['not-sent', 'unknown', 'answered'] as const satisfies readonly RequestOutcome[];

export interface ControlCallOptions {
  /** ms. Default 30000; the calls that wait for a gateway wait 15 minutes. */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  /** How numbers of the result are read; see `RequestOptions`. */
  readonly numbers?: NumberReading;
}

/** An error of the control API itself: of the shell's request, or of the host, and never of the gateway. */
function hostFault(error: GatewayError, method: string, at: number): GatewayError {
  const code = error.rpc?.code;
  const detail = `${method}: ${error.rpc?.message ?? error.problem.detail}`;
  if (code === RpcErrorCode.InvalidParams) return new GatewayError(describeProblem('request.invalid', { detail }, at));
  if (code === RpcErrorCode.MethodNotFound) {
    const facts = { host: `one without "${method}"`, ours: `control ${String(CONTROL_PROTOCOL)}` };
    return new GatewayError(describeProblem('host.version-mismatch', facts, at));
  }
  return code === RpcErrorCode.InternalError ? new GatewayError(describeProblem('internal', { detail }, at)) : error;
}

/** The host's own error, with the problem it was raised with; anything else as it came. */
function unwrap(error: unknown, method: string, at: number): unknown {
  if (!(error instanceof GatewayError) || error.outcome !== 'answered') return error;
  if (!isObject(error.rpc?.data)) return hostFault(error, method, at);
  const { problem, rpc, outcome } = error.rpc.data;
  if (!isProblem(problem)) return hostFault(error, method, at);
  const known = outcomes.find((name) => name === outcome);
  const code = isObject(rpc) ? rpc['code'] : undefined;
  return new GatewayError(problem, {
    ...(typeof code === 'number' || typeof code === 'string'
      ? { rpc: { code, message: problem.detail, ...(isObject(rpc) && 'data' in rpc ? { data: rpc['data'] } : {}) } }
      : {}),
    ...(known === undefined ? {} : { outcome: known }),
  });
}

/** The reason the other side gave, or the code where it gave none. */
export function describeClose({ code, reason }: ChannelCloseInfo): string {
  return reason === '' ? `close code ${String(code)}` : reason;
}

function closedProblem(end: ChannelCloseInfo, at: number): Problem {
  const detail = `The connection to the DeskClaw host ended (${describeClose(end)}).`;
  return describeProblem('host.unreachable', { detail }, at);
}

/**
 * The client of the control API: typed calls and events over any channel. Browser-safe. `ControlServer` of the host package
 * (`control/server.ts`) answers it.
 */
export class ControlClient {
  /** Resolves when the channel ends, for whatever reason. */
  readonly closed: Promise<ChannelCloseInfo>;
  readonly #channel: FrameChannel;
  readonly #clock: Clock;
  readonly #peer: RpcPeer;
  readonly #events: Emitter<ControlEvents>;

  constructor(channel: FrameChannel, ports: { readonly clock: Clock; readonly onFault?: (error: unknown) => void }) {
    const { clock, onFault = () => undefined } = ports;
    this.#channel = channel;
    this.#clock = clock;
    this.#events = new Emitter<ControlEvents>(onFault);
    this.#peer = new RpcPeer({ clock, listener: { notification: (method, params) => this.#receive(method, params) } });
    let ended: (end: ChannelCloseInfo) => void = () => undefined;
    this.closed = new Promise((resolve) => {
      ended = resolve;
    });
    bindChannel(this.#peer, channel, jsonRpcCodec, (end) => {
      ended(end);
      return closedProblem(end, clock.wallTime());
    });
  }

  /** @throws GatewayError with the host's own problem, or `host.unreachable` when the channel ends first. */
  async call<M extends ControlMethodName>(
    method: M,
    params?: ControlMethods[M]['params'],
    options: ControlCallOptions = {},
  ): Promise<ControlMethods[M]['result']> {
    const timeoutMs = options.timeoutMs ?? (longCalls.has(method) ? LONG_CALL_TIMEOUT_MS : undefined);
    try {
      // The peer is typed by the gateway's methods; the host's are checked by the host and typed here.
      const result: unknown = await this.#peer.request<string>(method, params, {
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        ...(options.numbers === undefined ? {} : { numbers: options.numbers }),
      });
      return result as ControlMethods[M]['result'];
    } catch (error) {
      throw unwrap(error, method, this.#clock.wallTime());
    }
  }

  async subscribe(topics: readonly ControlEventName[]): Promise<void> {
    await this.call('events.subscribe', { topics });
  }

  on<E extends ControlEventName>(event: E, listener: (payload: ControlEvents[E]) => void): () => void {
    return this.#events.on(event, listener);
  }

  close(): void {
    this.#channel.close(1000, 'done');
  }

  #receive(method: string, params: unknown): void {
    const event = controlEventNames.find((name) => name === method);
    if (event === undefined || !isObject(params)) return;
    // Same host, same version (checked at connect): the payload is what the host's types say.
    this.#events.emit(event, params as unknown as ControlEvents[typeof event]);
  }
}
