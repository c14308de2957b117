import { type Boot, type Gateway, type PlanOptions, planFor, startGateway } from './gateway.ts';
import { login } from './handshake.ts';
import { type ModelServer, startModelServer } from './model-server.ts';
import type { OpenClawPlan } from './ours.ts';
import type { Generation } from './versions.ts';
import type { Wire } from './wire.ts';
import { configFor, makeWorkplace, type Workplace } from './workplace.ts';

/** Everything the checks of one generation share: one running gateway, one model server, and what must be cleared away after. */
export class Bench {
  readonly generation: Generation;
  readonly installed: string;
  readonly model: ModelServer;
  readonly #workplaces: Workplace[] = [];
  readonly #gateways: Gateway[] = [];
  readonly #wires: Wire[] = [];
  #main: Gateway | undefined;
  /** Listens from the first moment to the last. */
  #watcher: Wire | undefined;
  #portTaken: Promise<string> | undefined;

  private constructor(generation: Generation, installed: string, model: ModelServer) {
    this.generation = generation;
    this.installed = installed;
    this.model = model;
  }

  static async open(generation: Generation, installed: string): Promise<Bench> {
    return new Bench(generation, installed, await startModelServer());
  }

  /** Returns the expected value for this generation. */
  expect<T>(byLetter: Readonly<Record<'A' | 'B' | 'C', T>>): T {
    return byLetter[this.generation.letter];
  }

  get gateway(): Gateway {
    if (this.#main === undefined) throw new Error('the gateway did not start');
    return this.#main;
  }
  /** The end of a start on the port that is taken. */
  get portTaken(): Promise<string> {
    if (this.#portTaken === undefined) throw new Error('the gateway did not start');
    return this.#portTaken;
  }
  get watcher(): Wire {
    if (this.#watcher === undefined) throw new Error('the gateway did not start');
    return this.#watcher;
  }

  async workplace(config?: Parameters<typeof makeWorkplace>[0] | 'usual'): Promise<Workplace> {
    const made = await makeWorkplace(config === 'usual' ? (place) => configFor(place, this.model.url) : config);
    this.#workplaces.push(made);
    return made;
  }

  plan(workplace: Workplace, options?: PlanOptions): Promise<OpenClawPlan> {
    return planFor(this.installed, workplace, options);
  }

  async start(workplace: Workplace, port?: number, options?: PlanOptions): Promise<Gateway> {
    return this.startPlan(await this.plan(workplace, options), workplace, port);
  }

  async startPlan(plan: OpenClawPlan, workplace: Workplace, port?: number): Promise<Gateway> {
    const gateway = await startGateway({ plan, workplace, ...(port === undefined ? {} : { port }) });
    this.#gateways.push(gateway);
    return gateway;
  }

  /** Starts a gateway and waits until it accepts us; on another port if the first was taken meanwhile. */
  async startReady(workplace: Workplace, options?: PlanOptions): Promise<{ gateway: Gateway; boot: Boot }> {
    for (let tries = 1; ; tries += 1) {
      const gateway = await this.start(workplace, undefined, options);
      try {
        return { gateway, boot: await gateway.ready() };
      } catch (error) {
        if (tries === 3 || !gateway.lines().some((line) => line.includes('EADDRINUSE'))) throw error;
      }
    }
  }

  /** Starts the gateway that most checks use. */
  async startMain(): Promise<Boot> {
    const { gateway, boot } = await this.startReady(await this.workplace('usual'));
    this.#main = gateway;
    return boot;
  }

  /** Starts the observations that run in parallel with the other checks. */
  async beginWatching(startOnTakenPort: (bench: Bench) => Promise<string>): Promise<void> {
    this.#watcher = (await login(this.gateway.port)).wire;
    this.#wires.push(this.#watcher);
    this.#portTaken = startOnTakenPort(this);
    // A later check reports the failure; an unhandled rejection must not end the run before.
    this.#portTaken.catch(() => undefined);
  }

  /** A logged-in socket that is closed at the end. */
  async connect(): Promise<Wire> {
    const { wire } = await login(this.gateway.port);
    this.#wires.push(wire);
    return wire;
  }

  async close(): Promise<void> {
    for (const wire of this.#wires) wire.close();
    for (const gateway of this.#gateways) if (gateway.ended === undefined) await gateway.kill();
    await this.model.close();
    for (const workplace of this.#workplaces) await workplace.remove();
  }
}
