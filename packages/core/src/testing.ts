export {
  type ReceivedRequest,
  type Script,
  type ScriptedAnswer,
  ScriptedGateway,
  type ScriptedGatewayOptions,
} from './testing/scripted-gateway.ts';
export { SeededRandom } from './testing/seeded-random.ts';
export { SimulatedClock } from './testing/simulated-clock.ts';
export { loopback, type NetworkConditions, SimulatedNetwork } from './testing/simulated-network.ts';
export type { Reachability, SimulatedPeer } from './testing/simulated-peer.ts';
