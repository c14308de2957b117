import type { ShutdownNotice } from '../dialect/dialect.ts';
import type { Session } from '../dialect/session.ts';
import type { GatewayError } from '../errors/gateway-error.ts';
import type { Gap, ResyncCause } from './resume.ts';
import type { ConnectionState, ConnectionStateName, DisconnectInfo } from './state.ts';
import type { ConnectionEvent } from './transition.ts';

export interface ConnectionTransition {
  readonly from: ConnectionState;
  readonly to: ConnectionState;
  readonly cause: ConnectionEvent['type'];
}

export interface GatewayNotification {
  readonly method: string;
  readonly params: unknown;
  readonly seq?: number;
}

/** In the order in which one thing causes them: `transition`, then `ready` or `ended`. */
export interface ConnectionEvents {
  transition: ConnectionTransition;
  /** Requests may be made; declared subscriptions are already on their way. */
  ready: Session;
  /** A connection or an attempt has ended, but not by our own `disconnect` or `suspend`. */
  ended: DisconnectInfo;
  /** The peer announced that it shuts down, before it closes. */
  notice: ShutdownNotice;
  notification: GatewayNotification;
  /** A frame that nothing handles; of a binary one, only its size: `{ binary: bytes }`. */
  message: unknown;
  /** The peer was silent through two pings. Emitted before anything is done about it. */
  unresponsive: { readonly silentForMs: number };
  /** The peer sent a frame again. */
  responsive: { readonly silentForMs: number };
  /** Events of the peer were missed. */
  gap: Gap;
  /** Every resync hook is done: after a gap, and after each reconnect. */
  resync: ResyncCause;
  /** Something failed that no call of the user reports. */
  error: GatewayError;
}

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
  /** Costs a clock reading per request, so it is emitted only to a tracer. */
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
