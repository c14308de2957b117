import type { SupervisorStateName } from './state.ts';

/** Which state may follow which; a state may also follow itself with other details. Every other change is a bug. */
export const supervisorEdges: Readonly<Record<SupervisorStateName, readonly SupervisorStateName[]>> = {
  idle: ['preflight'],
  preflight: ['spawning', 'booting', 'terminating', 'backoff', 'failed'],
  spawning: ['booting', 'terminating', 'preflight', 'backoff', 'failed'],
  booting: ['running', 'terminating'],
  running: ['terminating'],
  terminating: ['idle', 'preflight', 'backoff', 'failed'],
  backoff: ['preflight', 'idle'],
  failed: ['preflight', 'terminating', 'idle', 'backoff'],
};
