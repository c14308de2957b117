import { chooseDialect, type OpenSession } from './dialects.ts';
import { StartProblem } from './errors.ts';
import { type FaultHooks, noFaults } from './faults/fault-hooks.ts';
import { DEFAULT_HOST, DEFAULT_MAX_PAYLOAD, type GatewayOptions } from './options.ts';
import { type Clock, type Random, systemClock, systemRandom } from './ports/clock.ts';
import { Log } from './ports/log.ts';
import { isLoopbackHost, TokenCheck } from './server/access.ts';
import { GatewayServer } from './server/gateway-server.ts';
import type { Announcement } from './server/session.ts';
import { createServices, type Services } from './services/services.ts';
import { createMemoryState, type GatewayState } from './state/state.ts';

/** A listening gateway. */
export interface Gateway {
  readonly host: string;
  readonly port: number;
  /** Address for JSON-RPC: `ws://host:port/ws`. */
  readonly url: string;
  /**
   * Announces it, ends every run and connection, frees the port and the data directory.
   * @param restartExpectedMs announced where another process is to take its place.
   */
  close(restartExpectedMs?: number): Promise<void>;
  /** Announces a restart, ends every connection, and listens on the same port again with the same state. */
  restart(restartExpectedMs: number): Promise<void>;
}

/** Resolves once the gateway listens; rejects with a `StartProblem` when it cannot. */
export async function startGateway(options: GatewayOptions = {}): Promise<Gateway> {
  const { host = DEFAULT_HOST, clock = systemClock, random = systemRandom } = options;
  if (!isLoopbackHost(host) && options.token === undefined) {
    throw new StartProblem(
      `refusing to listen on ${host} without a token: anyone who reaches the port could use the gateway. Set a token, or listen on ${DEFAULT_HOST}.`,
      78,
    );
  }
  const log = new Log(clock, options.onLog ?? (() => undefined));
  const faults = await loadFaults(options, clock);
  const state = await openState(options, clock, log);
  const gateway = new RunningGateway({ options, host, clock, random, log, faults, state });
  try {
    await gateway.open();
  } catch (fault) {
    state.release();
    throw fault;
  }
  const { port, url } = gateway;
  return {
    host,
    port,
    url,
    close: (restartExpectedMs) => gateway.close(restartExpectedMs),
    restart: (restartExpectedMs) => gateway.restart(restartExpectedMs),
  };
}

async function loadFaults({ faults }: GatewayOptions, clock: Clock): Promise<FaultHooks> {
  if (faults === undefined) return noFaults;
  const { createFaultHooks: createFaultSeams } = await import('./faults/connection-faults.ts');
  return createFaultSeams(faults, clock);
}

async function openState({ dataDirectory }: GatewayOptions, clock: Clock, log: Log): Promise<GatewayState> {
  if (dataDirectory === undefined) return createMemoryState();
  const { openFileState } = await import('./state/file-state.ts');
  return openFileState(dataDirectory, { clock, log });
}

interface Parts {
  readonly options: GatewayOptions;
  readonly host: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly faults: FaultHooks;
  readonly state: GatewayState;
}

/** Owns state and services, which outlive the server: it can be closed and opened again. */
class RunningGateway {
  readonly #parts: Parts;
  readonly #token: TokenCheck;
  readonly #services: Services;
  #openSession: OpenSession | undefined;
  #server: GatewayServer | undefined;
  #port: number;
  #bootId: string;
  #closed = false;
  #connections = 0;

  constructor(parts: Parts) {
    const { options, clock, random, log, faults, state } = parts;
    this.#parts = parts;
    this.#port = options.port ?? 0;
    this.#bootId = random.uuid();
    this.#token = new TokenCheck(options.token);
    this.#services = createServices({
      state,
      model: options.model,
      clock,
      random,
      log,
      channelFaults: faults.channels,
      forgetsRuns: faults.forgetsRuns,
      url: () => this.url,
      connections: () => this.#server?.connections ?? 0,
    });
    this.#services.runs.onEvent((event) => this.#announce({ kind: 'run', event }));
    this.#services.channels.onChange((event) => this.#announce({ kind: 'channel', event }));
  }

  get port(): number {
    return this.#port;
  }

  get url(): string {
    const { host } = this.#parts;
    return `ws://${host.includes(':') ? `[${host}]` : host}:${this.#port}/ws`;
  }

  async open(): Promise<void> {
    const { options, state, faults } = this.#parts;
    this.#openSession = await chooseDialect({
      options,
      services: this.#services,
      state,
      token: this.#token,
      faults,
      bootId: () => this.#bootId,
    });
    await this.#listen(this.#openSession);
    await this.#services.cron.start();
  }

  async close(restartExpectedMs?: number): Promise<void> {
    this.#closed = true;
    this.#services.cron.stop();
    await this.#shutDown(
      restartExpectedMs === undefined
        ? { kind: 'shutdown', reason: 'stopping' }
        : { kind: 'shutdown', reason: 'restarting', restartExpectedMs },
    );
    this.#parts.state.release();
  }

  async restart(restartExpectedMs: number): Promise<void> {
    await this.#shutDown({ kind: 'shutdown', reason: 'restarting', restartExpectedMs });
    if (this.#closed || this.#openSession === undefined) return;
    this.#bootId = this.#parts.random.uuid();
    this.#services.runs.resume();
    await this.#listen(this.#openSession);
  }

  async #listen(createSession: OpenSession): Promise<void> {
    const { options, host, clock, log, faults } = this.#parts;
    const server = await GatewayServer.open({
      host,
      port: this.#port,
      dialect: options.dialect ?? 'jsonrpc',
      maxPayload: options.maxPayload ?? DEFAULT_MAX_PAYLOAD,
      token: this.#token,
      healthStats: this.#services.healthStats,
      faults,
      clock,
      log,
      createSession,
      nextConnectionId: () => {
        this.#connections += 1;
        return String(this.#connections);
      },
    });
    this.#server = server;
    this.#port = server.port;
    this.#services.healthStats.markListening();
  }

  async #shutDown(shutdown: Extract<Announcement, { readonly kind: 'shutdown' }>): Promise<void> {
    this.#announce(shutdown);
    await this.#services.runs.drain();
    await this.#server?.close(shutdown.reason);
  }

  #announce(announcement: Announcement): void {
    this.#server?.announce(announcement);
  }
}
