import {
  GatewayManager,
  type GatewayManagerOptions,
  type GatewayTarget,
  type SocketFactory,
  type TargetResult,
} from '@deskclaw/core';
import { type ManagerPorts, type Socket, type SocketHandlers, targetFromOptions } from '@deskclaw/core/internal';
import {
  SeededRandom,
  type SimulatedHost,
  type SimulatedNetwork,
  type SimulatedProcesses,
} from '@deskclaw/core/testing';
import { describeProblem, type GatewayStatus } from '@deskclaw/protocol';
import { countSupervisorPair } from '../pairs.ts';
import { silent } from '../simulation.ts';
import { count, type Tally } from '../tally.ts';
import type { ErrnoFaults } from './errno-faults.ts';
import type { Gateways } from './gateways.ts';
import { edgeFaults, limits, respawnDue, respawnFaults, respawnWait } from './invariants.ts';
import type { Plan } from './plan.ts';
import { PORT } from './program.ts';

type Records = NonNullable<ManagerPorts['bootTimes']>;

/** A record that is kept in memory. */
export function memoryRecords(): Records {
  let stored: string | undefined;
  return {
    load: async () => stored,
    save: async (text) => {
      stored = text;
    },
    clear: async () => {
      stored = undefined;
    },
  };
}

export interface HostedManagerDeps {
  readonly plan: Plan;
  readonly network: SimulatedNetwork;
  readonly machine: SimulatedProcesses;
  readonly gateways: Gateways;
  /** Number of the host in the schedule, from 1. */
  readonly number: number;
  readonly token: () => string;
  readonly errno: ErrnoFaults;
  /** Outlives every host. */
  readonly bootTimes: Records;
  readonly planning: () => { readonly delayMs: number; readonly fails: boolean };
  readonly wait: (ms: number) => Promise<void>;
  /** Never to be seen in what a manager tells. */
  readonly secret: string;
  readonly fault: (words: string) => void;
  /** A text on its way to the gateway. */
  readonly sent: (text: string) => void;
  readonly log: (line: string) => void;
  readonly tally: Tally;
}

const inert: Socket = {
  send: () => undefined,
  bufferedAmount: 0,
  close: () => undefined,
  terminate: () => undefined,
};

/** A manager in a host of its own, and everything it tells held against the rules of telling. */
export class HostedManager {
  readonly host: SimulatedHost;
  readonly manager: GatewayManager;
  readonly #deps: HostedManagerDeps;
  readonly #sockets = new Set<Socket>();
  /** The last emitted status, at first the initial one. */
  reported: GatewayStatus;
  /** Pending `waitFor` calls, each with a timer. */
  waits = 0;

  constructor(deps: HostedManagerDeps) {
    this.#deps = deps;
    this.host = deps.machine.newHost();
    const { plan } = deps;
    const options: GatewayManagerOptions = {
      mode: plan.mode,
      command: ['/opt/gateway', '--port', '{port}'],
      port: plan.port === 'chosen' ? 0 : PORT,
      dialect: plan.choice,
      auth: { token: deps.token },
      reconnect: limits.reconnect,
      startup: limits.startup,
      request: limits.request,
      health: limits.health,
      heartbeat: limits.heartbeat,
      stop: { drainMs: plan.drainMs, graceMs: limits.graceMs },
      crash: limits.crash,
      lifeline: plan.lifeline,
    };
    const prepare = () => this.#prepare(targetFromOptions(options));
    this.manager = new GatewayManager({ ...options, prepare }, deps.errno.wrap(this.#ports()));
    this.reported = this.manager.getStatus();
    this.#listen();
  }

  /** Pending timers, without those of `waitFor` calls. */
  get timers(): number {
    return this.host.timers - this.waits;
  }

  /** As SIGKILL would: its sockets break, its children live on. */
  kill(): void {
    this.host.kill();
    for (const socket of [...this.#sockets]) socket.terminate();
  }

  /** As a shell would find out what to start. */
  async #prepare(target: GatewayTarget): Promise<TargetResult> {
    const { planning, wait } = this.#deps;
    const { delayMs, fails } = planning();
    if (delayMs > 0) await wait(delayMs);
    if (!this.host.alive) return new Promise(() => undefined);
    if (!fails) return { ok: true, target };
    return { ok: false, problem: describeProblem('config.invalid', { source: 'the plan', fault: 'none' }, 0) };
  }

  #listen(): void {
    const { manager } = this;
    const { fault, log, tally } = this.#deps;
    const state = { reported: this.reported.state, respawnDue: respawnDue(this.reported, this.host.clock) };
    manager.on('status', (status) => {
      const due = respawnDue(status, this.host.clock);
      const wait = respawnWait(state.respawnDue, due, this.host.clock.now());
      state.respawnDue = due;
      if (wait !== undefined) for (const words of respawnFaults(wait)) fault(words);
      this.reported = status;
      this.#tells('status', status);
    });
    manager.on('transition', ({ from, to, status }) => {
      log(`   ${from} -> ${to} (${status.phase}${status.problem === undefined ? '' : `, ${status.problem.code}`})`);
      count(tally, `${from} -> ${to}`);
      for (const words of edgeFaults(from, to, state.reported)) fault(words);
      state.reported = to;
    });
    for (const event of ['timeline', 'log', 'exit', 'health', 'gap', 'resync'] as const)
      manager.on(event, (payload) => this.#tells(event, payload));
    if (log !== silent)
      manager.on('timeline', ({ category, what, cause }) =>
        log(`      ${category}: ${what}${cause === undefined ? '' : ` (${cause})`}`),
      );
    manager.on('error', (error) => this.#tells('error', { ...error, message: error.message }));
  }

  #tells(event: string, payload: unknown): void {
    if (!this.host.alive) this.#deps.fault(`a dead host tells of ${event}`);
    if (JSON.stringify(payload)?.includes(this.#deps.secret) === true) this.#deps.fault(`${event} tells a secret`);
  }

  #ports(): ManagerPorts {
    const { host } = this;
    const { plan, gateways, number, secret, fault, tally } = this.#deps;
    return {
      clock: host.clock,
      random: new SeededRandom(plan.seed * 1_000 + number),
      logger: {
        log: (level, text, facts) => {
          this.#tells('the log', { text, facts });
          if (level === 'error') fault(`it logged an error: ${text} ${JSON.stringify(facts ?? {})}`);
        },
      },
      sockets: this.#socketFactory(),
      http: {
        get: async (url, timeoutMs) => {
          const answer = await gateways.http.get(url, timeoutMs);
          return host.alive ? answer : new Promise(() => undefined);
        },
      },
      spawner: host.spawner,
      processes: host.processes,
      tcpPorts: host.tcpPorts,
      peerIdentity: host.peerIdentity,
      programs: host.programs,
      records: host.records,
      bootTimes: this.#deps.bootTimes,
      redact: (text) => text.replaceAll(secret, '***'),
      observe: (state, event) => countSupervisorPair(tally, state, event),
      host: { identity: host.identity, env: { PATH: '/opt/bin', HOME: '/home/me' }, platform: 'linux', cwd: '/' },
    };
  }

  /** Sees every text on its way out, and breaks with the host. */
  #socketFactory(): SocketFactory {
    const { network, sent } = this.#deps;
    return {
      open: (url, options, handlers) => {
        if (!this.host.alive) return inert;
        const line = network.open(
          url,
          options,
          this.#whileAlive(handlers, () => this.#sockets.delete(socket)),
        );
        const socket: Socket = {
          send: (text) => {
            if (this.host.alive) sent(text);
            line.send(text);
          },
          ping: () => line.ping(),
          get bufferedAmount() {
            return line.bufferedAmount;
          },
          close: () => line.close(),
          terminate: () => line.terminate(),
        };
        this.#sockets.add(socket);
        return socket;
      },
    };
  }

  #whileAlive(handlers: SocketHandlers, over: () => void): SocketHandlers {
    const { host } = this;
    return {
      opened: () => host.alive && handlers.opened(),
      text: (text) => host.alive && handlers.text(text),
      binary: (bytes, data) => host.alive && handlers.binary(bytes, data),
      pong: () => host.alive && handlers.pong(),
      closed: (end) => {
        over();
        if (host.alive) handlers.closed(end);
      },
    };
  }
}
