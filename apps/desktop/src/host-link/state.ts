import type { HostInfo, Problem } from '@deskclaw/protocol';

/** `host`: this app owns the gateway. `client`: another process does. */
export type Role = 'host' | 'client';

/** State of the link to the host of the profile. Times are epoch ms. */
export type LinkState =
  /** Looking for a running host or, without one, starting it. */
  | {
      readonly name: 'connecting';
      readonly step: 'find' | 'start-host';
      readonly failures: number;
      readonly since: number;
      readonly lost: boolean;
    }
  | { readonly name: 'live'; readonly role: Role; readonly info: HostInfo; readonly since: number }
  /** Both failed; the next attempt is at `retryAt`. */
  | {
      readonly name: 'waiting';
      readonly failures: number;
      readonly since: number;
      readonly lost: boolean;
      readonly retryAt: number;
      readonly problem: Problem;
    }
  | { readonly name: 'ended' };

export type LinkEvent =
  | { readonly type: 'found'; readonly info: HostInfo; readonly at: number }
  /** No host runs for the profile. */
  | { readonly type: 'none' }
  /** A host has started, in this app or in a background process that the app spawned. */
  | { readonly type: 'started'; readonly role: Role; readonly info: HostInfo; readonly at: number }
  /** Another process became the host first and can be joined. */
  | { readonly type: 'lost-race'; readonly problem: Problem; readonly at: number }
  | { readonly type: 'failed'; readonly problem: Problem; readonly at: number }
  | { readonly type: 'lost'; readonly at: number }
  | { readonly type: 'retry' }
  | { readonly type: 'end' };

export type LinkEffect =
  | { readonly type: 'find' }
  | { readonly type: 'start-host' }
  | { readonly type: 'wait'; readonly delayMs: number }
  | { readonly type: 'cancel-wait' };

export interface LinkStep {
  readonly state: LinkState;
  readonly effects: readonly LinkEffect[];
}
