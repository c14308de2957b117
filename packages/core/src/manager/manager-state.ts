import type { Problem } from '@deskclaw/protocol';
import type { ConnectionState } from '../connection/state.ts';
import type { DrainHook } from './gateway-target.ts';
import type { ResolvedTarget } from './resolve-target.ts';

/**
 * State of a manager between events. Written by `startGateway`, `stopGateway` and the event handlers; read where the
 * status
 * is derived.
 */
export interface ManagerState {
  resolved: ResolvedTarget | undefined;
  /** A failure found before there was a process or a socket: no program, no configuration. */
  planProblem: Problem | undefined;
  /** The generation whose target is being resolved: neither the process nor the connection knows of the request yet. */
  planning: number | undefined;
  /** Whether this generation has been running before: only then is a loss of the connection a loss. */
  wasReady: boolean;
  /** The launch of ours that is connected to; `undefined` for an attached gateway. */
  launch: number | undefined;
  /** The drain hook of the gateway that runs: by the time it is stopped, the target may name another gateway. */
  drainHook: DrainHook | undefined;
  /** When our gateway announced that it restarts in its own process, monotonic ms; `undefined` once it is ready again or has exited. */
  restartingItselfSince: number | undefined;
}

export const initialManagerState: ManagerState = {
  resolved: undefined,
  planProblem: undefined,
  planning: undefined,
  wasReady: false,
  launch: undefined,
  drainHook: undefined,
  restartingItselfSince: undefined,
};

/** Whether an attached gateway is gone for good, as far as can be told: the next start may find another, or start one. */
export function hasLostAttached({ resolved }: ManagerState, connection: ConnectionState): boolean {
  return resolved?.ownership === 'attached' && connection.name === 'exhausted';
}

/** Whether we are attached to a gateway, or on the way to it. */
export function isAttached(state: ManagerState, connection: ConnectionState): boolean {
  const isOpen = connection.name !== 'closed' && !hasLostAttached(state, connection);
  return state.resolved?.ownership === 'attached' && isOpen;
}
