import type { GatewayConnection } from '../connection/connection.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { DrainHook } from './gateway-target.ts';
import type { ManagerState } from './manager-state.ts';
import type { Completion, RunningOperation } from './operation-queue.ts';

export interface StopDeps {
  readonly supervisor: Supervisor;
  readonly connection: GatewayConnection;
  readonly state: ManagerState;
}

/**
 * Stops our gateway process, or disconnects from an attached one. Resolves when the process tree is gone and its port free.
 * @throws GatewayError where the process could not be ended; the reason of the operation's signal where that aborts.
 */
export async function stopGateway(
  { supervisor, connection, state }: StopDeps,
  { generation, force, signal }: RunningOperation,
): Promise<Completion> {
  state.planProblem = undefined;
  state.wasReady = false;
  const isOwned = state.resolved?.ownership !== 'attached';
  const down = isOwned ? await supervisor.down(generation, force ? { mode: 'kill' } : {}) : undefined;
  signal.throwIfAborted();
  await connection.disconnect();
  signal.throwIfAborted();
  state.resolved = undefined;
  if (down?.outcome === 'failed') throw new GatewayError(down.problem);
  return { outcome: 'applied', previousPid: down?.outcome === 'idle' ? down.previous?.pid : undefined };
}

/**
 * The first step of a stop: lets the gateway finish its work, or ends that work by `hook`. Without a hook, waits for the
 * requests in flight when the stop began, not for later ones. The supervisor enforces the time limit.
 * @returns what the hook did, as a sentence. Never rejects: the stop goes on without it.
 */
export async function drain(
  connection: GatewayConnection,
  hook: DrainHook | undefined,
  limitMs: number,
): Promise<string | undefined> {
  // Without a connection nothing can be sent, and nothing in flight could still be answered.
  if (connection.state.name !== 'ready') return undefined;
  if (hook !== undefined) {
    const call = (method: string, params: unknown, timeoutMs: number): Promise<unknown> =>
      connection.request<string>(method, params, { timeoutMs });
    return hook(call, limitMs).catch(() => undefined);
  }
  await connection.whenSettled();
  return undefined;
}
