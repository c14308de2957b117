import { GatewayConnection, type SocketFactory } from '@deskclaw/core';
import { type ConnectionState, readConfig } from '@deskclaw/core/internal';
import { loopback, ScriptedGateway, SeededRandom, SimulatedClock, SimulatedNetwork } from '@deskclaw/core/testing';
import { Ledger, outcomeInWords } from '../ledger.ts';
import { countConnectionPair } from '../pairs.ts';
import { methods, offered, scriptedBehavior } from '../peer-behavior.ts';
import { type Log, silent } from '../simulation.ts';
import { count, type Tally } from '../tally.ts';
import { Violation } from '../violation.ts';
import type { Action, PeerBehavior, Plan, RequestAction } from './plan.ts';
import { transitionFaults } from './transitions.ts';

const reconnect = { baseDelayMs: 100, maxDelayMs: 2_000, maxAttempts: 4, stableAfterMs: 1_000, probeEveryMs: 5_000 };
const heartbeat = { intervalMs: 1_000, timeoutMs: 500, probeMs: 1_000, wakeProbeMs: 500 };
const request = { maxInFlight: 8, maxQueued: 6, maxQueuedBytes: 100_000, highWaterMark: 40_000 };
const HANDSHAKE_MS = 800;
const TOKEN = 'the-token';

/** Silence is noticed after interval, two pings and a probe; then one slow try, one deadline and one backoff at most. */
const RECOVERY_MS =
  heartbeat.intervalMs +
  2 * heartbeat.timeoutMs +
  heartbeat.probeMs +
  reconnect.probeEveryMs +
  2 * HANDSHAKE_MS +
  reconnect.maxDelayMs +
  1_000;

const ourMethods: ReadonlySet<string> = new Set(Object.values(methods));

/** Simulates one connection to one gateway, and carries out the actions of a plan on both. */
export class World {
  readonly #clock = new SimulatedClock('promises');
  readonly #network: SimulatedNetwork;
  readonly #gateway: ScriptedGateway;
  readonly #connection: GatewayConnection;
  readonly #ledger = new Ledger();
  readonly #faults: string[] = [];
  readonly #plan: Plan;
  readonly #log: Log;
  readonly #tally: Tally;
  #behavior: PeerBehavior = 'polite';
  #token = TOKEN;
  #stoodStillMs = 0;
  #standStills = 0;
  #made = 0;
  #state: ConnectionState;

  constructor(plan: Plan, log: Log = silent, tally: Tally = new Map()) {
    this.#plan = plan;
    this.#tally = tally;
    this.#log = log;
    const random = new SeededRandom(plan.seed + 0.5 * 2 ** 32);
    this.#network = new SimulatedNetwork(this.#clock, random);
    this.#gateway = new ScriptedGateway(this.#network, {
      dialect: plan.dialect,
      token: TOKEN,
      methods: offered,
      script: scriptedBehavior(plan.dialect, this.#clock, () => this.#behavior),
    });
    const options = {
      url: 'ws://127.0.0.1:1/ws',
      dialect: plan.choice,
      auth: { token: () => this.#token },
      socketFactory: this.#tapped(),
      clock: this.#clock,
      random,
      reconnect,
      heartbeat,
      request,
      handshakeTimeoutMs: HANDSHAKE_MS,
      observe: (state: string, event: string) => countConnectionPair(tally, state, event),
    };
    const config = readConfig(options, 0);
    this.#connection = new GatewayConnection(options);
    this.#connection.onRequest('add', (params) => (Array.isArray(params) ? params.length : 0));
    this.#connection.subscribe('channels.list', {});
    this.#state = this.#connection.state;
    this.#connection.on('transition', (transition) => {
      const { from, to, cause } = transition;
      if (this.#log !== silent) this.#log(`${this.#clock.now().toFixed(1)}    ${from.name} -> ${to.name} (${cause})`);
      count(this.#tally, `${from.name} -> ${to.name}`);
      this.#faults.push(...transitionFaults(transition, this.#state, config));
      this.#state = to;
    });
  }

  /** Runs the whole plan. @throws Violation */
  async run(): Promise<void> {
    for (const action of this.#plan.actions) {
      if (this.#log !== silent) this.#log(`${this.#clock.now().toFixed(1)} ${JSON.stringify(action)}`);
      await this.#do(action);
      await this.#clock.advance(0);
      this.#check();
    }
    await this.#recover();
    await this.#leave();
    for (const entry of this.#ledger.entries.values()) count(this.#tally, outcomeInWords(entry));
    for (const [counter, times] of Object.entries(this.#connection.snapshot().counters)) {
      this.#tally.set(`#${counter}`, (this.#tally.get(`#${counter}`) ?? 0) + times);
    }
  }

  #check(): void {
    const { liveSockets } = this.#network;
    const { state, pending } = this.#connection.snapshot();
    const hasSocket = state === 'connecting' || state === 'handshaking' || state === 'ready';
    // A closed connection may still be saying goodbye.
    const allowed = hasSocket || state === 'closed' ? 1 : 0;
    if (liveSockets > allowed) this.#faults.push(`${String(liveSockets)} sockets live while ${state}`);
    const written = pending.filter((call) => call.state === 'written').length;
    if (written > (state === 'ready' ? request.maxInFlight : 0)) {
      this.#faults.push(`${String(written)} requests on the wire while ${state}`);
    }
    const ours = pending.filter(({ method }) => ourMethods.has(method)).length;
    const { unsettled } = this.#ledger;
    if (ours !== unsettled.length)
      this.#faults.push(`${String(ours)} pending, but ${String(unsettled.length)} unsettled`);
    this.#faults.push(...this.#ledger.faults(this.#used(), this.#standStills));
    const [first] = this.#faults;
    if (first !== undefined) throw new Violation(first);
  }

  /** Once faults cease, it is ready within the bound, and answers. */
  async #recover(): Promise<void> {
    this.#log(`${this.#clock.now().toFixed(1)} faults cease`);
    this.#token = TOKEN;
    this.#behavior = 'polite';
    this.#network.conditions = loopback;
    this.#network.reachability = 'open';
    this.#network.thaw();
    const { name } = this.#connection.state;
    if (name === 'closed' || name === 'paused') this.#connection.connect();
    const asked = this.#connection.state.name === 'waiting' ? this.#connection.state.retryAt - this.#clock.now() : 0;
    const isBack = await this.#clock.advanceUntil(() => this.#isUsable(), RECOVERY_MS + Math.max(0, asked));
    this.#check();
    if (!isBack) throw new Violation(`not back after ${String(RECOVERY_MS)} ms: ${this.#connection.state.name}`);
    const reply = this.#request({ do: 'request', kind: 'plain', waits: true, timeoutMs: RECOVERY_MS, bytes: 10 });
    await this.#clock.advanceUntil(() => reply.settlement !== undefined, RECOVERY_MS);
    this.#check();
  }

  /** Time in which something could have happened. */
  #used(): number {
    return this.#clock.now() - this.#stoodStillMs;
  }

  #isUsable(): boolean {
    // An attempt that was under way with the wrong token pauses it; only a person goes on from there.
    if (this.#connection.state.name === 'paused') this.#connection.reconnectNow();
    return this.#connection.state.name === 'ready' && this.#gateway.peers.some((peer) => peer.isOpen);
  }

  /** Disconnects. Checks that no socket or timer is left and no event follows. */
  async #leave(): Promise<void> {
    this.#log(`${this.#clock.now().toFixed(1)} disconnect`);
    let isGone = false;
    void this.#connection.disconnect().then(() => {
      isGone = true;
    });
    await this.#clock.advance(1_000);
    this.#check();
    if (!isGone) throw new Violation('disconnect() does not resolve');
    const { pendingTimers } = this.#clock;
    const { liveSockets, dialled } = this.#network;
    if (pendingTimers > 0) throw new Violation(`${String(pendingTimers)} timers left`);
    if (liveSockets > 0) throw new Violation(`${String(liveSockets)} sockets left`);
    const [unsettled] = this.#ledger.unsettled;
    if (unsettled !== undefined) throw new Violation(`${unsettled.token} never settled`);
    await this.#clock.advance(100_000);
    if (this.#network.dialled !== dialled) throw new Violation('it dialled after disconnect()');
  }

  async #do(action: Action): Promise<void> {
    const connection = this.#connection;
    const [peer] = this.#gateway.peers;
    switch (action.do) {
      case 'pass':
        await this.#clock.advance(action.ms);
        break;
      case 'request':
        this.#request(action);
        break;
      case 'batch':
        this.#batch(action.size);
        break;
      case 'burst':
        for (let i = 0; i < action.size; i += 1)
          this.#request({ do: 'request', kind: 'plain', waits: i % 2 === 0, timeoutMs: 500, bytes: 10 });
        break;
      case 'notify':
        if (connection.state.name === 'ready') this.#tryNotify();
        break;
      case 'connect':
        connection.connect(action.policy);
        break;
      case 'disconnect':
        void connection.disconnect();
        break;
      case 'suspend':
        connection.suspend('the process is gone');
        break;
      case 'reconnect-now':
        connection.reconnectNow();
        break;
      case 'wake':
        // `wake()` implies that the machine slept.
        this.#standStills += 1;
        connection.wake(action.cause);
        break;
      case 'retry-soon':
        connection.retrySoon();
        break;
      case 'reach':
        this.#network.reachability = action.reachability;
        break;
      case 'reset':
        this.#network.resetAll();
        break;
      case 'lose-silently':
        peer?.loseSilently(action.way);
        break;
      case 'ignore-close':
        peer?.ignoreClose();
        break;
      case 'freeze':
        this.#network.freeze();
        break;
      case 'thaw':
        this.#network.thaw();
        break;
      case 'close':
        peer?.close(action.code, '');
        break;
      case 'notice':
        this.#announceEnd(action.restartExpectedMs);
        break;
      case 'delays':
        this.#network.conditions = {
          minDelayMs: action.minMs,
          maxDelayMs: action.maxMs,
          bytesPerMs: action.bytesPerMs,
        };
        break;
      case 'behavior':
        this.#behavior = action.behavior;
        break;
      case 'garbage':
        peer?.send(action.text);
        break;
      case 'binary':
        peer?.sendBinary(100);
        break;
      case 'announce':
        this.#gateway.announce('chat', { text: 'hello' });
        break;
      case 'skip':
        this.#gateway.announce('chat', { text: 'before' });
        this.#gateway.skip(2);
        this.#gateway.announce('chat', { text: 'after' });
        break;
      case 'ask-us':
        peer?.send('{"jsonrpc":"2.0","id":"q","method":"add","params":[1,2]}');
        break;
      case 'refuse-token':
        this.#token = 'wrong';
        break;
      case 'accept-token':
        this.#token = TOKEN;
        break;
      case 'stand-still':
        this.#standStill(action.ms, action.monotonic);
        break;
      default:
        action satisfies never;
    }
  }

  #request(action: RequestAction): ReturnType<Ledger['open']> {
    this.#made += 1;
    const { kind, timeoutMs, waits, abortAfterMs, bytes } = action;
    const token = `t${String(this.#made)}`;
    const entry = this.#ledger.open(token, kind !== 'plain', timeoutMs, this.#used());
    const params = { token, filler: 'x'.repeat(bytes) };
    const controller = abortAfterMs === undefined ? undefined : new AbortController();
    const reply = this.#connection.request<string>(methods[kind], params, {
      timeoutMs,
      whenDisconnected: waits ? 'wait' : 'reject',
      ...(kind === 'keyed' ? { idempotencyKey: token } : {}),
      ...(controller === undefined ? {} : { signal: controller.signal }),
    });
    this.#ledger.watch(entry, reply, () => this.#used());
    if (controller !== undefined) this.#clock.happen(abortAfterMs ?? 0, () => controller.abort());
    return entry;
  }

  #batch(size: number): void {
    const entries = Array.from({ length: size }, () => {
      this.#made += 1;
      return this.#ledger.open(`t${String(this.#made)}`, false, 500, this.#used());
    });
    const options = { timeoutMs: 500 };
    const replies = this.#connection.batch(
      entries.map(({ token }) => ({ method: methods.plain, params: { token }, options })),
    );
    for (const [index, entry] of entries.entries())
      this.#ledger.watch(entry, replies[index] ?? Promise.resolve(), () => this.#used());
  }

  #standStill(ms: number, monotonic: 'counted' | 'stopped'): void {
    this.#standStills += 1;
    this.#clock.sleep(ms, monotonic);
    if (monotonic === 'stopped') return;
    this.#stoodStillMs += ms;
    this.#ledger.stoodStill(ms);
  }

  #tryNotify(): void {
    try {
      this.#connection.notify('hello', { at: this.#clock.now() });
    } catch {
      // `notify` throws while the connection is down; the plan may call it then.
    }
  }

  #announceEnd(restartExpectedMs: number | undefined): void {
    const params = {
      reason: 'restart',
      state: 'restarting',
      ...(restartExpectedMs === undefined ? {} : { restartExpectedMs }),
    };
    this.#gateway.announce(this.#plan.dialect === 'openclaw' ? 'shutdown' : 'gateway.status_changed', params);
  }

  /** Sees every text on its way out. */
  #tapped(): SocketFactory {
    return {
      open: (url, options, handlers) => {
        const line = this.#network.open(url, options, handlers);
        return {
          send: (text) => {
            this.#ledger.sent(text);
            line.send(text);
          },
          ping: () => line.ping(),
          get bufferedAmount() {
            return line.bufferedAmount;
          },
          close: () => line.close(),
          terminate: () => line.terminate(),
        };
      },
    };
  }
}
