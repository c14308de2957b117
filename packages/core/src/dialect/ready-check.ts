import type { RpcParams } from '@deskclaw/protocol';

/** A request that proves by its result that a gateway is ready. */
export interface ReadyRequest {
  readonly method: string;
  readonly params?: RpcParams;
}

/**
 * What proves that a JSON-RPC gateway is ready. `auto`: any answer to `system.health`, even an error. `open`: the open socket, and nothing
 * is ever asked. A request: its result; the same request checks later that the gateway still answers.
 */
export type ReadyCheck = 'auto' | 'open' | ReadyRequest;

/** The request that `auto` makes: a gateway that does not know it answers with an error, which proves as much. */
export const defaultReadyRequest: ReadyRequest = { method: 'system.health' };

/** Returns the request of a check; `undefined` where nothing is asked. */
export function readyRequestOf(check: ReadyCheck = 'auto'): ReadyRequest | undefined {
  if (check === 'open') return undefined;
  return check === 'auto' ? defaultReadyRequest : check;
}
