import { expect } from 'vitest';
import type { RecordStore } from '../../src/ports/files.ts';
import type { Logger } from '../../src/ports/logger.ts';
import type { SpawnRequest } from '../../src/ports/spawner.ts';
import type { SupervisorEventMap } from '../../src/supervisor/event.ts';
import type { LaunchPlan } from '../../src/supervisor/launch-plan.ts';
import { Supervisor } from '../../src/supervisor/supervisor.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import type { SimulatedHost } from '../../src/testing/simulated-host.ts';
import { SimulatedProcesses } from '../../src/testing/simulated-processes.ts';
import type { SimulatedProgram } from '../../src/testing/simulated-program.ts';

export const PORT = 18_789;
/** How often the stand-in for the connection looks whether the gateway listens. */
const LOOK_MS = 10;

export interface WorldOptions {
  readonly behave?: (spawn: number, request: SpawnRequest) => SimulatedProgram;
  readonly plan?: Partial<LaunchPlan>;
  readonly seed?: number;
  readonly platform?: NodeJS.Platform;
  readonly redact?: (text: string) => string;
  /** Added to the environment of the host. */
  readonly env?: Readonly<Record<string, string>>;
  readonly bootTimes?: RecordStore;
  readonly withoutRecords?: boolean;
}

/** Program that listens 50 ms after its start. */
export const healthy: SimulatedProgram = { spawnDelayMs: 2, listen: { port: PORT, afterMs: 50 }, sigtermMs: 20 };

/** A supervisor on a simulated machine, with a stand-in for the connection that reports ready once the gateway listens. */
export class World {
  readonly clock = new SimulatedClock();
  readonly machine: SimulatedProcesses;
  readonly plan: LaunchPlan;
  readonly transitions: SupervisorEventMap['transition'][] = [];
  readonly logged: string[] = [];
  supervisor: Supervisor;
  host: SimulatedHost;
  #generation = 0;
  #hosts = 0;
  readonly #options: WorldOptions;

  constructor(options: WorldOptions = {}) {
    this.#options = options;
    this.machine = new SimulatedProcesses(this.clock, options.behave ?? (() => healthy));
    this.plan = {
      command: ['/opt/gateway', '--port', '{port}'],
      host: '127.0.0.1',
      port: PORT,
      lifeline: false,
      ...options.plan,
    };
    this.host = this.machine.newHost();
    this.supervisor = this.#supervise();
  }

  /** Timers the supervisor holds. */
  get timers(): number {
    return this.host.timers;
  }

  up() {
    this.#generation += 1;
    return this.supervisor.up(this.plan, this.#generation);
  }

  restart(mode?: 'drain' | 'terminate' | 'kill') {
    this.#generation += 1;
    return this.supervisor.restart(this.plan, this.#generation, mode === undefined ? {} : { mode });
  }

  down(mode?: 'drain' | 'terminate' | 'kill') {
    this.#generation += 1;
    return this.supervisor.down(this.#generation, mode === undefined ? {} : { mode });
  }

  /** The supervising process is killed; another takes its place. */
  replaceHost(): void {
    this.host.kill();
    this.addHost();
  }

  /** Another supervising process joins the one that lives on. */
  addHost(): void {
    this.host = this.machine.newHost();
    this.supervisor = this.#supervise();
  }

  get states(): readonly string[] {
    return this.transitions.map(({ to }) => (to.name === 'terminating' ? `terminating ${to.stage.step}` : to.name));
  }

  #supervise(): Supervisor {
    this.#hosts += 1;
    const { clock, spawner, processes, tcpPorts: ports, peerIdentity, programs, records, identity } = this.host;
    const logger: Logger = { log: (level, text) => this.logged.push(`${level} ${text}`) };
    const supervisor = new Supervisor({
      clock,
      random: new SeededRandom((this.#options.seed ?? 1) * 1_000 + this.#hosts),
      spawner,
      processes,
      tcpPorts: ports,
      peerIdentity,
      programs,
      ...(this.#options.withoutRecords === true ? {} : { records }),
      logger,
      ...(this.#options.redact === undefined ? {} : { redact: this.#options.redact }),
      ...(this.#options.bootTimes === undefined ? {} : { bootTimes: this.#options.bootTimes }),
      host: {
        identity,
        env: { PATH: '/opt/bin', HOME: '/home/me', ...this.#options.env },
        platform: this.#options.platform ?? 'linux',
        cwd: '/',
      },
    });
    supervisor.on('transition', (transition) => this.transitions.push(transition));
    for (const name of ['spawned', 'adopted'] as const) {
      supervisor.on(name, ({ launch, child }) => this.#awaitReady(supervisor, launch, child.pid));
    }
    return supervisor;
  }

  #awaitReady(supervisor: Supervisor, launch: number, pid: number): void {
    const { state } = supervisor;
    if (supervisor !== this.supervisor || state.name !== 'booting' || state.launch !== launch) return;
    if (this.machine.listener(PORT) === pid) supervisor.reportReady(launch);
    else this.clock.happen(LOOK_MS, () => this.#awaitReady(supervisor, launch, pid));
  }
}

/** Returns a world whose gateway runs. */
export async function runningWorld(options?: WorldOptions): Promise<World> {
  const world = new World(options);
  const up = world.up();
  await world.clock.advance(200);
  expect(await up).toMatchObject({ outcome: 'running' });
  return world;
}

/** Watches a promise. `value` is `undefined` until it resolves. */
export function watch<T>(promise: Promise<T>): { value: T | undefined } {
  const seen: { value: T | undefined } = { value: undefined };
  void promise.then((value) => {
    seen.value = value;
  });
  return seen;
}
