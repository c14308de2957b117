/** Behaviour, section 4, L5: the machine sleeps. In simulation, for no test may send this machine to sleep. */
import { expect, it } from 'vitest';
import { GatewayManager } from '../../src/manager/gateway-manager.ts';
import { silentLogger } from '../../src/ports/logger.ts';
import { ScriptedGateway } from '../../src/testing/scripted-gateway.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { SimulatedClock } from '../../src/testing/simulated-clock.ts';
import { SimulatedNetwork } from '../../src/testing/simulated-network.ts';
import { SimulatedProcesses } from '../../src/testing/simulated-processes.ts';

const PORT = 18_789;
const HOURS = 8 * 3_600_000;

/** Starts a whole manager on a simulated machine. */
async function running() {
  const clock = new SimulatedClock();
  const random = new SeededRandom(5);
  const machine = new SimulatedProcesses(clock, () => ({ listen: { port: PORT, afterMs: 50 } }));
  const network = new SimulatedNetwork(clock, random);
  const gateway = new ScriptedGateway(network);
  const host = machine.newHost();
  const manager = new GatewayManager(
    { mode: 'supervise', command: ['/opt/gateway'], port: PORT },
    {
      ...host,
      random,
      logger: silentLogger,
      sockets: network,
      http: { get: () => Promise.resolve({ failure: 'nobody answers HTTP here' }) },
      host: { identity: host.identity, env: { PATH: '/opt' }, platform: 'linux', cwd: '/' },
    },
  );
  const reported: string[] = [];
  manager.on('status', ({ state, health }) => reported.push(`${state} ${health}`));
  const started = manager.start();
  await clock.advance(5_000);
  await started;
  reported.length = 0;
  return { clock, machine, network, gateway, manager, reported, pid: manager.getStatus().pid };
}

it.each(['stopped', 'counted'] as const)(
  'a sleep (monotonic clock %s) changes neither the state nor the health of a gateway',
  async (monotonic) => {
    const { clock, manager, reported, pid } = await running();
    const { connectedAt = 0 } = manager.getStatus();
    clock.sleep(HOURS, monotonic);
    await clock.advance(60_000);
    // Where the monotonic clock stood still, the wall clock was set as far as anyone can tell: times move, ages stay (E10).
    const times = { connectedAt: connectedAt + (monotonic === 'stopped' ? HOURS : 0) };
    expect([...new Set(reported)]).toEqual(monotonic === 'stopped' ? ['running ok'] : []);
    expect(manager.getStatus()).toMatchObject({ state: 'running', health: 'ok', pid, restarts: 0, ...times });
  },
);

it.each(['stopped', 'counted'] as const)(
  'a connection that died in a sleep (monotonic clock %s) is replaced within seconds, the process is not',
  async (monotonic) => {
    const { clock, network, gateway, manager, machine, pid } = await running();
    const { connectedAt } = manager.getStatus();
    clock.sleep(HOURS, monotonic);
    gateway.peers[0]?.loseSilently();
    await clock.advance(15_000);
    expect(manager.getStatus()).toMatchObject({ state: 'running', health: 'ok', pid, restarts: 0 });
    // The gateway has not learnt of the loss; we hold one connection, and a new one.
    expect(network.liveSockets).toBe(1);
    expect(manager.getStatus().connectedAt).not.toBe(connectedAt);
    expect(machine.spawns).toBe(1);
  },
);

it.each(['stopped', 'counted'] as const)(
  'a gateway frozen before a sleep (monotonic clock %s) gets its full time limit after the wake-up',
  async (monotonic) => {
    const { clock, network, manager, machine, pid } = await running();
    if (pid !== undefined) machine.freeze(pid);
    network.freeze();
    await clock.advance(20_000);
    clock.sleep(HOURS, monotonic);
    await clock.advance(170_000);
    expect(manager.getStatus()).toMatchObject({ pid, restarts: 0 });
    expect(machine.spawns).toBe(1);
    await clock.advance(60_000);
    expect(machine.spawns).toBe(2);
  },
);
