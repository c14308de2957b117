export type { FaultName, FaultValues } from './faults/table.ts';
export { faultTable, parseFaults } from './faults/table.ts';
export { type Gateway, startGateway } from './gateway.ts';
export type { Dialect, GatewayOptions } from './options.ts';
export type { Cancel, Clock } from './ports/clock.ts';
export type { LogLevel, LogLine } from './ports/log.ts';
export type { Random } from './ports/random.ts';
export { StartProblem } from './start-problem.ts';
export { GATEWAY_VERSION } from './version.ts';
