export {
  type ReceivedRequest,
  type Script,
  type ScriptedAnswer,
  ScriptedGateway,
  type ScriptedGatewayOptions,
} from './testing/scripted-gateway.ts';
export { SeededRandom } from './testing/seeded-random.ts';
export { SimulatedClock } from './testing/simulated-clock.ts';
export type { SimulatedHost } from './testing/simulated-host.ts';
export { loopback, type NetworkConditions, portOf, SimulatedNetwork } from './testing/simulated-network.ts';
export type { LostWay, Reachability, SimulatedPeer } from './testing/simulated-peer.ts';
export { SimulatedProcesses } from './testing/simulated-processes.ts';
export type { SimulatedProgram } from './testing/simulated-program.ts';
export { SimulatedServer } from './testing/simulated-server.ts';
