import type { HostInfo, Problem } from '@deskclaw/protocol';

/** `hosting`: this app owns the gateway. `joined`: another process does, and this app is one of its shells. */
export type Role = 'host' | 'client';

/** The way to the profile's host, as the app has it. Times are epoch ms. */
export type LinkState =
  /** Looking for a running host, or, finding none, becoming it. */
  | {
      readonly name: 'connecting';
      readonly step: 'find' | 'start-host';
      readonly failures: number;
      readonly since: number;
      readonly lost: boolean;
    }
  | { readonly name: 'live'; readonly role: Role; readonly info: HostInfo; readonly since: number }
  /** Neither worked; tried again at `retryAt`. */
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
  /** There is one now: this app, or one that it started in the background. */
  | { readonly type: 'started'; readonly role: Role; readonly info: HostInfo; readonly at: number }
  /** Another process became the host first, so it can be joined. */
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
