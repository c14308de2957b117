import type { StartRequest } from '@deskclaw/protocol';

/** What a person can ask of the gateway with one press. */
export type LifecycleRequest =
  | { readonly method: 'gateway.start'; readonly params?: StartRequest }
  | { readonly method: 'gateway.stop'; readonly params?: { readonly force: boolean } }
  | { readonly method: 'gateway.restart' }
  | { readonly method: 'gateway.reconnect' };

/** Asked and not yet answered. */
export interface PendingRequest {
  readonly id: number;
  readonly request: LifecycleRequest;
  /** Epoch ms. */
  readonly at: number;
}
