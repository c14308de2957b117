export { StartProblem } from './errors.ts';
export type { FaultName, FaultValues } from './faults/table.ts';
export { faultTable, parseFaults } from './faults/table.ts';
export { type Gateway, startGateway } from './gateway.ts';
export type { Dialect, GatewayOptions } from './options.ts';
export { GATEWAY_VERSION } from './options.ts';
export type { Cancel, Clock, Random } from './ports/clock.ts';
export type { LogLevel, LogLine } from './ports/log.ts';
