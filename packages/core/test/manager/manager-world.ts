import { expect } from 'vitest';
import { GatewayError } from '../../src/errors/gateway-error.ts';
import type { ManagerEvents } from '../../src/manager/events.ts';
import { GatewayManager } from '../../src/manager/gateway-manager.ts';
import type { GatewayManagerOptions } from '../../src/manager/options.ts';
import type { ManagerPorts } from '../../src/manager/ports.ts';
import type { HttpResponse } from '../../src/ports/http.ts';
import { ScriptedGateway, type ScriptedGatewayOptions } from '../../src/testing/scripted-gateway.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import type { SimulatedHost } from '../../src/testing/simulated-host.ts';
import { SimulatedNetwork } from '../../src/testing/simulated-network.ts';
import { SimulatedProcesses } from '../../src/testing/simulated-processes.ts';
import type { SimulatedProgram } from '../../src/testing/simulated-program.ts';
import { SimulatedServer } from '../../src/testing/simulated-server.ts';

export const PORT = 18_789;

/** Program that listens 50 ms after its start. */
export const healthy: SimulatedProgram = { spawnDelayMs: 2, listen: { port: PORT, afterMs: 50 }, sigtermMs: 20 };

const wellResponse: HttpResponse = { status: 200, contentType: 'application/json', body: '{"ok":true}' };

interface ManagerWorldOptions extends GatewayManagerOptions {
  readonly behave?: (spawn: number) => SimulatedProgram;
  readonly gateway?: ScriptedGatewayOptions;
}

/** A manager on a simulated machine whose listener on `PORT`, whichever process it is, answers as `gateway`. */
export class ManagerWorld {
  readonly clock = new SimulatedClock();
  readonly network: SimulatedNetwork;
  readonly machine: SimulatedProcesses;
  readonly server = new SimulatedServer();
  readonly gateway: ScriptedGateway;
  readonly logged: string[] = [];
  readonly dialled: string[] = [];
  httpAnswer: HttpResponse | { readonly failure: string } = wellResponse;
  readonly asked: string[] = [];
  host: SimulatedHost;
  manager: GatewayManager;
  readonly #options: GatewayManagerOptions;

  constructor({ behave = () => healthy, gateway = {}, ...options }: ManagerWorldOptions = {}) {
    const random = new SeededRandom(1);
    this.network = new SimulatedNetwork(this.clock, random);
    this.network.conditions = { minDelayMs: 1, maxDelayMs: 1, bytesPerMs: Number.POSITIVE_INFINITY };
    this.machine = new SimulatedProcesses(this.clock, behave, { ended: () => this.#closeDeadConnections() });
    this.network.route = (url) => {
      this.dialled.push(url);
      return this.machine.listener(Number(new URL(url).port)) === undefined ? undefined : this.server;
    };
    this.gateway = new ScriptedGateway(this.server, gateway);
    this.#options = {
      command: ['/opt/gateway', '--port', '{port}'],
      dialect: gateway.dialect ?? 'jsonrpc',
      mode: 'supervise',
      ...options,
    };
    this.host = this.machine.newHost();
    this.manager = new GatewayManager(this.#options, this.#ports());
  }

  static async running(options: ManagerWorldOptions = {}): Promise<ManagerWorld> {
    const world = new ManagerWorld(options);
    const started = world.manager.start();
    await world.clock.advance(1_000);
    expect(await started).toMatchObject({ outcome: 'applied' });
    return world;
  }

  /** The supervising process is killed; another takes its place. */
  replaceHost(): void {
    this.host.kill();
    for (const peer of this.gateway.peers) peer.reset();
    this.host = this.machine.newHost();
    this.manager = new GatewayManager(this.#options, this.#ports());
  }

  /** Ends our gateway process as a crash would. */
  crash(code: number | null = 1, signal: string | null = null): void {
    for (const { pid } of this.machine.mains) this.machine.end(pid, code, signal);
  }

  /** Collects the payloads of an event from now on. */
  collect<E extends keyof ManagerEvents>(event: E): ManagerEvents[E][] {
    const heard: ManagerEvents[E][] = [];
    this.manager.on(event, (payload) => heard.push(payload));
    return heard;
  }

  /** Lets time pass until the promise is settled, at most a minute, and returns its error; throws if it has none. */
  async failure(promise: Promise<unknown>, limitMs = 60_000): Promise<GatewayError> {
    let error: unknown;
    let isSettled = false;
    promise.then(
      () => {
        isSettled = true;
      },
      (reason: unknown) => {
        isSettled = true;
        error = reason;
      },
    );
    await this.clock.advanceUntil(() => isSettled, limitMs);
    if (error instanceof GatewayError) return error;
    throw new Error(`expected a GatewayError, got ${isSettled ? String(error) : 'no answer'}`);
  }

  /** Lets time pass until the promise is resolved, at most a minute. */
  async settle<T>(promise: Promise<T>, limitMs = 60_000): Promise<T> {
    let isSettled = false;
    const done = () => {
      isSettled = true;
    };
    promise.then(done, done);
    expect(await this.clock.advanceUntil(() => isSettled, limitMs)).toBe(true);
    return promise;
  }

  #closeDeadConnections(): void {
    if (this.machine.listener(PORT) === undefined) this.server.resetAll();
  }

  #ports(): ManagerPorts {
    const { host } = this;
    return {
      clock: host.clock,
      random: new SeededRandom(2),
      logger: { log: (level, text) => this.logged.push(`${level} ${text}`) },
      sockets: this.network,
      http: {
        get: async (url, timeoutMs) => {
          this.asked.push(`${url} ${String(timeoutMs)}`);
          if (this.machine.listener(PORT) === undefined) return { failure: 'refused' };
          return this.server.isFrozen ? { failure: 'no answer in time' } : this.httpAnswer;
        },
      },
      spawner: host.spawner,
      processes: host.processes,
      tcpPorts: host.tcpPorts,
      peerIdentity: host.peerIdentity,
      programs: host.programs,
      records: host.records,
      host: { identity: host.identity, env: { PATH: '/opt/bin' }, platform: 'linux', cwd: '/' },
    };
  }
}
