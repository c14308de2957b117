import { describeProblem } from '@deskclaw/protocol';
import { GatewayError } from '../errors/gateway-error.ts';
import type { AbortSignal } from '../ports/abort-signal.ts';
import type { RequestOptions } from '../rpc/options.ts';
import type { PreparingConnection } from '../rpc/peer.ts';
import type { ConnectionFailure } from './state.ts';

/** A new connection, before anything else is sent on it. */
export interface ConnectContext {
  /** Sends a request on this connection. Rejects as `rpc` of the manager does, and where the connection is lost. */
  rpc(method: string, params?: unknown, options?: RequestOptions): Promise<unknown>;
  /** @throws GatewayError if it cannot be sent now. */
  notify(method: string, params?: unknown): void;
  /** Aborted when this connection is given up. */
  readonly signal: AbortSignal;
}

/**
 * Prepares each new connection: logs in, initializes, subscribes. The connection is ready when it resolves; if it rejects, the
 * connection is given up and its error is the problem.
 */
export type ConnectHook = (context: ConnectContext) => unknown;

/** One run of the hook, on one connection. */
export interface HookRun {
  /** Resolves with `undefined` once the connection is prepared, else with why it is not. Never rejects. */
  readonly result: Promise<ConnectionFailure | undefined>;
  /** The connection is given up. */
  abort(): void;
}

function failureOf(error: unknown, at: number): ConnectionFailure {
  // What the peer refused, or the hook itself, fails again: a start reports it at once, and it is tried now and then.
  const pause = { kind: 'pause', recheckPeriodically: true } as const;
  if (error instanceof GatewayError) {
    const isLost = error.outcome !== undefined && error.outcome !== 'answered';
    return { problem: error.problem, verdict: isLost ? { kind: 'retry' } : pause };
  }
  const detail = `${error instanceof Error ? error.message : String(error)}.`.replace(/([.!?])\.$/, '$1');
  return { problem: describeProblem('connection.hook-failed', { detail }, at), verdict: pause };
}

/** Starts the hook on a connection. Its first requests are sent before this returns. */
export function runConnectHook(hook: ConnectHook, connection: PreparingConnection, now: () => number): HookRun {
  const controller = new AbortController();
  const { signal } = controller;
  const context: ConnectContext = {
    rpc: (method, params, options = {}) => {
      const either = options.signal === undefined ? signal : AbortSignal.any([signal, options.signal]);
      return connection.request(method, params, { ...options, signal: either });
    },
    notify: (method, params) => connection.notify(method, params),
    signal,
  };
  const run = async (): Promise<ConnectionFailure | undefined> => {
    try {
      await hook(context);
      return undefined;
    } catch (error) {
      return failureOf(error, now());
    }
  };
  return { result: run(), abort: () => controller.abort(new Error('This connection was given up.')) };
}
