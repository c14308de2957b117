import type { GatewayConnection } from '../connection/connection.ts';
import type { DrainHook } from './gateway-target.ts';

/**
 * The first step of a stop: the gateway finishes, or is made to end, what it works on. Without a way of its own that means
 * the requests under way when the stop began; later ones are not waited for. How long it may take is the supervisor's business.
 * @returns what was done, in words, where anything was. Never rejects: a stop goes on without it.
 */
export async function drain(
  connection: GatewayConnection,
  finishWork: DrainHook | undefined,
  limitMs: number,
): Promise<string | undefined> {
  // Nobody can be asked, and nothing is under way that could be answered.
  if (connection.state.name !== 'ready') return undefined;
  if (finishWork !== undefined) {
    const call = (method: string, params: unknown, timeoutMs: number): Promise<unknown> =>
      connection.request<string>(method, params, { timeoutMs });
    return finishWork(call, limitMs).catch(() => undefined);
  }
  await connection.whenSettled();
  return undefined;
}
