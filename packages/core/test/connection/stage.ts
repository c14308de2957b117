import { onTestFinished } from 'vitest';
import { GatewayConnection } from '../../src/connection/connection.ts';
import type { GatewayConnectionOptions } from '../../src/connection/options.ts';
import type { SocketFactory } from '../../src/ports/sockets.ts';
import { ScriptedGateway, type ScriptedGatewayOptions } from '../../src/testing/scripted-gateway.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { SimulatedNetwork } from '../../src/testing/simulated-network.ts';

export const ADDRESS = 'ws://127.0.0.1:18789/ws';

type StageOptions = Partial<GatewayConnectionOptions> & { readonly pings?: boolean };

/** A network as browsers have it: without pings. */
function withoutPing(network: SimulatedNetwork): SocketFactory {
  return {
    open: (url, options, handlers) => {
      const line = network.open(url, options, handlers);
      return {
        send: (text) => line.send(text),
        get bufferedAmount() {
          return line.bufferedAmount;
        },
        close: () => line.close(),
        terminate: () => line.terminate(),
      };
    },
  };
}

/** A connection, a gateway and a network between them, all in simulated time. */
export class Stage {
  readonly clock = new SimulatedClock();
  readonly network: SimulatedNetwork;
  readonly gateway: ScriptedGateway;
  readonly connection: GatewayConnection;
  /** States and events so far, by name. */
  readonly story: string[] = [];

  constructor(options: StageOptions = {}, gateway: ScriptedGatewayOptions = {}) {
    const random = new SeededRandom(1);
    this.network = new SimulatedNetwork(this.clock, random);
    this.gateway = new ScriptedGateway(this.network, gateway);
    this.connection = new GatewayConnection({
      url: ADDRESS,
      dialect: gateway.dialect ?? 'jsonrpc',
      socketFactory: options.pings === false ? withoutPing(this.network) : this.network,
      clock: this.clock,
      random,
      ...options,
    });
    this.connection.on('transition', ({ to }) => this.story.push(to.name));
    for (const event of ['ready', 'ended', 'unresponsive', 'responsive', 'gap', 'resync'] as const) {
      this.connection.on(event, () => this.story.push(`(${event})`));
    }
    onTestFinished(async () => {
      const gone = this.connection.disconnect();
      await this.clock.advance(1_000);
      await gone;
    });
  }

  static async ready(options: StageOptions = {}, gateway: ScriptedGatewayOptions = {}): Promise<Stage> {
    const stage = new Stage(options, gateway);
    stage.connection.connect();
    await stage.until('ready');
    stage.story.length = 0;
    return stage;
  }

  /** Lets time pass until the connection is in that state. */
  async until(name: GatewayConnection['state']['name'], limitMs = 600_000): Promise<void> {
    const isThere = await this.clock.advanceUntil(() => this.connection.state.name === name, limitMs);
    if (!isThere) throw new Error(`never ${name}: ${this.story.join(' ')}`);
  }
}
