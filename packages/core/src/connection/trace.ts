import type { ConnectionEvent } from './reducer.ts';
import type { ConnectionStateName } from './state.ts';

/** What an observer may see: names, numbers and times, never contents, so never a secret. */
export type TraceEvent =
  | {
      readonly type: 'transition';
      readonly from: ConnectionStateName;
      readonly to: ConnectionStateName;
      readonly cause: ConnectionEvent['type'];
      readonly generation: number;
      readonly at: number;
    }
  | { readonly type: 'dial'; readonly address: string; readonly generation: number; readonly at: number }
  | { readonly type: 'handshake'; readonly generation: number; readonly tookMs: number; readonly at: number }
  | { readonly type: 'request'; readonly method: string; readonly at: number }
  | { readonly type: 'settled'; readonly method: string; readonly outcome: string; readonly tookMs: number; readonly at: number }
  | { readonly type: 'listener-fault'; readonly event: string; readonly at: number };

export type Trace = (event: TraceEvent) => void;
