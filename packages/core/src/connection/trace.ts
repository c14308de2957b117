import type { ConnectionStateName } from './state.ts';
import type { ConnectionEvent } from './transition.ts';

/** What an observer may see: names, numbers and times, never contents, so never a secret. `at` is epoch ms. */
export type TraceEvent =
  | {
      readonly type: 'transition';
      readonly at: number;
      readonly from: ConnectionStateName;
      readonly to: ConnectionStateName;
      readonly cause: ConnectionEvent['type'];
      readonly generation: number;
    }
  | { readonly type: 'dial'; readonly at: number; readonly address: string; readonly generation: number }
  /** Costs a clock reading for each request, so it is only told where someone traces. */
  | {
      readonly type: 'request';
      readonly at: number;
      readonly method: string;
      readonly outcome: 'result' | 'answered' | 'not-sent' | 'unknown';
      readonly tookMs: number;
    };

/** Called as it happens. May throw: nothing is disturbed by it. */
export type Trace = (event: TraceEvent) => void;

export function withoutThrowing(trace: Trace | undefined): Trace | undefined {
  if (trace === undefined) return undefined;
  return (event) => {
    try {
      trace(event);
    } catch {
      // An observer must not change what it observes.
    }
  };
}
