import { describeProblem } from '@deskclaw/protocol';
import { type ReadyRequest, readyRequestOf } from '../dialect/ready-check.ts';
import { dialectNamed } from '../dialect/registry.ts';
import type { Session } from '../dialect/session.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Emitter } from '../events/emitter.ts';
import type { Cancel, Clock, Random } from '../ports/clock.ts';
import type { PeerInfo } from '../rpc/frame-writer.ts';
import { defaultLimits } from '../rpc/options.ts';
import type { RpcPeer } from '../rpc/peer.ts';
import type { ConnectionConfig } from './config.ts';
import { type HookRun, runConnectHook } from './connect-hook.ts';
import { Connector } from './connector.ts';
import type { ConnectionEvents, Trace } from './events.ts';
import type { GatewayConnectionOptions } from './options.ts';
import { dueAt, initialState, reduce } from './reducer.ts';
import type { Resume } from './resume.ts';
import type { ConnectionState } from './state.ts';
import { type ConnectionEffect, type ConnectionEvent, type ConnectionInput, inputName } from './transition.ts';

/** A peer that cannot be pinged is probed after a silence of this many promised tick intervals. */
const MAX_MISSED_TICKS = 1.5;
/** Longest silence before a probe, whatever interval the peer promised. */
const MAX_SILENCE_MS = 300_000;

export interface DriverParts {
  readonly options: GatewayConnectionOptions;
  readonly config: ConnectionConfig;
  readonly clock: Clock;
  readonly random: Random;
  readonly peer: RpcPeer;
  readonly emitter: Emitter<ConnectionEvents>;
  readonly resume: Resume;
  readonly trace: Trace | undefined;
}

/**
 * Runs the reducer: passes it events with the time and a random number, carries out its effects, and emits events.
 * Holds one timer and one socket.
 */
export class Driver {
  readonly #parts: DriverParts;
  readonly #connector: Connector;
  readonly #inputs: ConnectionInput[] = [];
  #isReducing = false;
  #state: ConnectionState;
  #timer: { readonly at: number; readonly cancel: Cancel } | undefined;
  #hook: (HookRun & { readonly generation: number }) | undefined;
  #attempts = 0;
  #sessions = 0;

  constructor(parts: DriverParts) {
    const { clock, options, peer, emitter } = parts;
    this.#parts = parts;
    this.#state = initialState(clock.now());
    this.#connector = new Connector(options, clock, peer, {
      opened: (generation) => this.dispatch({ type: 'opened', generation }),
      credentialsSent: (generation, answerWithinMs) =>
        this.dispatch({ type: 'credentials-sent', generation, answerWithinMs }),
      accepted: (generation, session) => this.#prepare(generation, session),
      failed: (generation, ended) => this.dispatch({ type: 'failed', generation, ended }),
      binary: (bytes) => emitter.emit('message', { binary: bytes }),
      responsive: () => {
        if (this.#state.name !== 'ready') return;
        this.dispatch({ type: 'frame-received', intervalMs: this.#intervalFor(this.#state.session) });
      },
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get address(): string {
    return this.#connector.address;
  }

  get lastFrameAt(): number {
    return this.#connector.lastFrameAt;
  }

  get counts(): { readonly attempts: number; readonly sessions: number } {
    return { attempts: this.#attempts, sessions: this.#sessions };
  }

  /** Reduces one input at a time. An input dispatched by a listener is queued behind the current one. */
  dispatch(input: ConnectionInput): void {
    this.#inputs.push(input);
    if (this.#isReducing) return;
    this.#isReducing = true;
    try {
      for (let next = this.#inputs.shift(); next !== undefined; next = this.#inputs.shift()) this.#take(next);
    } finally {
      this.#isReducing = false;
      this.#arm();
    }
  }

  /** The event may announce the peer's own end; the close that follows is judged by it. */
  readNotice(method: string, params: unknown): void {
    if (this.#state.name !== 'ready') return;
    const notice = dialectNamed(this.#state.session.dialect).readNotice(method, params);
    if (notice !== undefined) this.#parts.emitter.emit('notice', this.#connector.expectClose(notice));
  }

  /** Resolves when no socket is left. */
  async settled(): Promise<void> {
    // Lets an input that a listener dispatched be reduced first.
    await Promise.resolve();
    await this.#connector.settled();
  }

  #take(input: ConnectionInput): void {
    const { clock, random, config } = this.#parts;
    const from = this.#state;
    const event: ConnectionEvent = { ...input, at: clock.now(), epoch: clock.wallTime(), random: random.next() };
    this.#parts.options.observe?.(from.name, inputName(input, from.generation));
    const current = { ...config, address: this.#connector.address };
    const { state, effects } = reduce(from, event, current);
    this.#parts.options.record?.({ before: from, event, config: current, after: state, effects });
    this.#state = state;
    this.#abandonHook();
    for (const effect of effects) this.#perform(effect);
    if (state.name !== from.name || state.generation !== from.generation) this.#reportTransition(from, state, event);
    for (const effect of effects) this.#announce(effect);
  }

  #perform(effect: ConnectionEffect): void {
    const { peer } = this.#parts;
    switch (effect.type) {
      case 'open':
        this.#attempts += 1;
        this.#parts.trace?.({
          type: 'dial',
          at: this.#parts.clock.wallTime(),
          address: this.#connector.address,
          generation: effect.generation,
        });
        this.#connector.connect(effect.generation);
        break;
      case 'end':
        this.#connector.end(effect.how);
        break;
      case 'attach':
        this.#attach(effect.session);
        break;
      case 'detach':
        if (effect.requests === 'keep') peer.detach(effect.problem);
        else peer.close(effect.problem);
        break;
      case 'heartbeat':
        this.#performHeartbeat(effect.action);
        break;
      case 'ended':
        return;
      default:
        effect satisfies never;
    }
  }

  #announce(effect: ConnectionEffect): void {
    const { emitter, resume, clock } = this.#parts;
    if (effect.type === 'ended') emitter.emit('ended', effect.ended);
    if (effect.type !== 'attach') return;
    const { session } = effect;
    emitter.emit('ready', session);
    if (session.missingScopes !== undefined) {
      const facts = { missing: session.missingScopes };
      emitter.emit('error', new GatewayError(describeProblem('auth.scope-missing', facts, clock.wallTime())));
    }
    // A listener may have disconnected: then no state is fetched again.
    if (this.#inputs.some(({ type }) => type === 'disconnect' || type === 'suspend')) return;
    if (this.#sessions > 1) void resume.resync({ kind: 'reconnect' });
    this.#connector.release();
  }

  /** The peer has accepted us. With a hook, the connection is ready once that has prepared it. */
  #prepare(generation: number, session: Session): void {
    const { options, config, clock, peer } = this.#parts;
    const { socket } = this.#connector;
    const accept = () => {
      this.dispatch({ type: 'accepted', generation, session, intervalMs: this.#intervalFor(session) });
    };
    if (options.onConnect === undefined || socket === undefined) {
      accept();
      return;
    }
    this.dispatch({
      type: 'preparing',
      generation,
      withinMs: Math.max(config.handshakeTimeoutMs, options.request?.timeoutMs ?? defaultLimits.timeoutMs),
    });
    const connection = peer.prepare(socket, dialectNamed(session.dialect).codec, this.#peerInfo(session));
    const hook = runConnectHook(options.onConnect, connection, () => clock.wallTime());
    this.#hook = { ...hook, generation };
    this.#connector.release();
    void hook.result.then((failure) => {
      if (this.#hook?.generation !== generation) return;
      this.#hook = undefined;
      if (failure === undefined) accept();
      else this.dispatch({ type: 'failed', generation, ended: { failure } });
    });
  }

  /** The attempt that the hook prepares is over. */
  #abandonHook(): void {
    const { name, generation } = this.#state;
    if (this.#hook === undefined || (name === 'handshaking' && generation === this.#hook.generation)) return;
    const { abort } = this.#hook;
    this.#hook = undefined;
    abort();
  }

  #attach(session: Session): void {
    const { socket } = this.#connector;
    if (socket === undefined) return;
    const { peer, resume } = this.#parts;
    this.#sessions += 1;
    const { codec } = dialectNamed(session.dialect);
    peer.attach(socket, codec, this.#peerInfo(session), () => resume.replay(session.firstSeq));
  }

  #peerInfo(session: Session): PeerInfo {
    const { maxPayload, maxBufferedBytes, version, methods, marksDuplicates } = session;
    return {
      ...(maxPayload === undefined ? {} : { maxPayload }),
      ...(maxBufferedBytes === undefined ? {} : { maxBufferedBytes }),
      ...(version === undefined ? {} : { version }),
      ...(version === undefined && methods === undefined ? { isUnknown: true as const } : {}),
      ...(marksDuplicates === undefined ? {} : { marksDuplicates }),
      redact: this.#connector.redactError,
    };
  }

  #performHeartbeat(action: Extract<ConnectionEffect, { readonly type: 'heartbeat' }>['action']): void {
    const { emitter, clock } = this.#parts;
    const silentForMs = clock.now() - this.lastFrameAt;
    switch (action) {
      case 'ping': {
        const { socket } = this.#connector;
        if (socket?.ping === undefined) this.#probe();
        else socket.ping();
        break;
      }
      case 'probe':
        this.#probe();
        break;
      case 'report-unresponsive':
        this.#connector.expectFrame();
        emitter.emit('unresponsive', { silentForMs });
        break;
      case 'report-responsive':
        emitter.emit('responsive', { silentForMs });
        break;
      default:
        action satisfies never;
    }
  }

  /** Sends the probe request. Any answer, even an error, is a frame and so proves that the peer lives. */
  #probe(): void {
    if (this.#state.name !== 'ready') return;
    const { peer, config } = this.#parts;
    const request = this.probeRequest(this.#state.session);
    if (request === undefined) this.#connector.socket?.ping?.();
    else peer.request(request.method, request.params, { timeoutMs: config.heartbeat.probeMs }).catch(() => undefined);
  }

  /** The request whose answer proves that the peer still answers; `undefined` where it is to be asked nothing. */
  probeRequest({ dialect }: Session): ReadyRequest | undefined {
    const { options } = this.#parts;
    return dialect === 'jsonrpc' ? readyRequestOf(options.ready) : { method: dialectNamed(dialect).probeMethod };
  }

  /** Pings the peer and resolves at its next frame; at once where the platform has no ping. */
  async ping(): Promise<void> {
    const { socket } = this.#connector;
    if (socket?.ping === undefined) return;
    socket.ping();
    await this.#connector.nextFrame();
  }

  /** How long silence is normal: ours where we can ping, else what the peer promises. */
  #intervalFor(session: Session): number {
    const { intervalMs } = this.#parts.config.heartbeat;
    if (this.#connector.socket?.ping !== undefined || session.tickIntervalMs === undefined) return intervalMs;
    return Math.max(intervalMs, Math.min(MAX_SILENCE_MS, session.tickIntervalMs * MAX_MISSED_TICKS));
  }

  #reportTransition(from: ConnectionState, to: ConnectionState, event: ConnectionEvent): void {
    const { emitter, trace } = this.#parts;
    emitter.emit('transition', { from, to, cause: event.type });
    const { generation } = to;
    trace?.({
      type: 'transition',
      from: from.name,
      to: to.name,
      cause: event.type,
      generation,
      at: event.epoch,
    });
  }

  /** Sets the one timer to the next deadline of the state. */
  #arm(): void {
    const at = dueAt(this.#state);
    if (at === this.#timer?.at) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (at === undefined) return;
    const { clock } = this.#parts;
    // A live socket holds the process by itself; without one, only the wait for the next try does.
    const keepAlive = this.#state.name !== 'ready';
    const due = () => {
      // Noticing that it came too late may have set another in its place.
      if (this.#timer === timer) this.#timer = undefined;
      this.#due();
    };
    const timer = { at, cancel: clock.schedule(Math.max(0, at - clock.now()), due, { keepAlive }) };
    this.#timer = timer;
  }

  #due(): void {
    const state = this.#state;
    const intervalMs = state.name === 'ready' ? this.#intervalFor(state.session) : 0;
    this.dispatch({ type: 'due', lastFrameAt: this.lastFrameAt, intervalMs });
  }
}
