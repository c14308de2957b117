import type { GatewayPhase, Problem } from '@deskclaw/protocol';
import { childOf, type SupervisorState } from './state.ts';

/** The part of a status that the process half knows. Timestamps are epoch ms. */
export interface ProcessStatus {
  readonly phase: GatewayPhase;
  readonly since: number;
  readonly pid?: number;
  readonly problem?: Problem;
  readonly nextRetryAt?: number;
}

function phaseOf(state: SupervisorState): GatewayPhase {
  switch (state.name) {
    case 'booting':
      return 'waiting-ready';
    case 'running':
      return 'ready';
    case 'terminating':
      return state.stage.step === 'draining' ? 'drain' : 'terminating';
    case 'idle':
    case 'preflight':
    case 'spawning':
    case 'backoff':
    case 'failed':
      return state.name;
    default:
      return state satisfies never;
  }
}

/** @param toWall turns a monotonic time into epoch ms. */
export function describeSupervisor(state: SupervisorState, toWall: (monotonic: number) => number): ProcessStatus {
  const pid = childOf(state)?.pid;
  return {
    phase: phaseOf(state),
    since: toWall(state.since),
    ...(pid === undefined ? {} : { pid }),
    ...('problem' in state ? { problem: state.problem } : {}),
    ...(state.name === 'backoff' ? { nextRetryAt: toWall(state.respawnAt) } : {}),
  };
}
