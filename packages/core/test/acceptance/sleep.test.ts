/** Behaviour, section 4, L5: the machine sleeps. In simulation, for no test may send this machine to sleep. */
import { expect, it } from 'vitest';
import { Emitter } from '../../src/events/emitter.ts';
import { Engine } from '../../src/manager/engine.ts';
import type { ManagerEvents } from '../../src/manager/events.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { ScriptedGateway } from '../../src/testing/scripted-gateway.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { SimulatedNetwork } from '../../src/testing/simulated-network.ts';
import { SimulatedProcesses } from '../../src/testing/simulated-processes.ts';

const PORT = 18_789;
const HOURS = 8 * 3_600_000;

/** A whole manager on a simulated machine, running. */
async function running() {
  const clock = new SimulatedClock();
  const random = new SeededRandom(5);
  const machine = new SimulatedProcesses(clock, () => ({ listen: { port: PORT, afterMs: 50 } }));
  const network = new SimulatedNetwork(clock, random);
  const gateway = new ScriptedGateway(network);
  const host = machine.newHost();
  const events = new Emitter<ManagerEvents>();
  const engine = new Engine(
    { mode: 'supervise', command: ['/opt/gateway'], port: PORT },
    {
      ...host,
      random,
      logger: silentLogger,
      sockets: network,
      http: { get: () => Promise.resolve({ failure: 'nobody answers HTTP here' }) },
      host: { identity: host.identity, env: { PATH: '/opt' }, platform: 'linux', cwd: '/' },
    },
    events,
  );
  const told: string[] = [];
  events.on('status', ({ state, health }) => told.push(`${state} ${health}`));
  const started = engine.lifecycle.request('start');
  await clock.advance(5_000);
  await started;
  told.length = 0;
  return { clock, machine, network, gateway, engine, told, pid: engine.status().pid };
}

it.each(['stopped', 'counted'] as const)(
  'L5: after a sleep (monotonic clock %s) nothing is judged by the time that passed',
  async (monotonic) => {
    const { clock, engine, told, pid } = await running();
    const { connectedAt } = engine.status();
    clock.sleep(HOURS, monotonic);
    await clock.advance(60_000);
    expect(told).toEqual([]);
    expect(engine.status()).toMatchObject({ state: 'running', health: 'ok', pid, restarts: 0, connectedAt });
  },
);

it.each(['stopped', 'counted'] as const)(
  'L5: a connection that died in the sleep (%s) is replaced within seconds, the process is not',
  async (monotonic) => {
    const { clock, network, gateway, engine, machine, pid } = await running();
    const { connectedAt } = engine.status();
    clock.sleep(HOURS, monotonic);
    gateway.peers[0]?.loseSilently();
    await clock.advance(15_000);
    expect(engine.status()).toMatchObject({ state: 'running', health: 'ok', pid, restarts: 0 });
    // The gateway has not learnt of the loss; we hold one connection, and a new one.
    expect(network.liveSockets).toBe(1);
    expect(engine.status().connectedAt).not.toBe(connectedAt);
    expect(machine.spawns).toBe(1);
  },
);

it.each(['stopped', 'counted'] as const)(
  'L5: a gateway frozen since before the sleep (%s) has its full time from the waking on',
  async (monotonic) => {
    const { clock, network, engine, machine, pid } = await running();
    if (pid !== undefined) machine.freeze(pid);
    network.freeze();
    await clock.advance(20_000);
    clock.sleep(HOURS, monotonic);
    await clock.advance(170_000);
    expect(engine.status()).toMatchObject({ pid, restarts: 0 });
    expect(machine.spawns).toBe(1);
    await clock.advance(60_000);
    expect(machine.spawns).toBe(2);
  },
);
