import type { DialectChoice, Problem } from '@deskclaw/protocol';
import type { ConnectionAuth } from '../connection/options.ts';
import type { ExitJudge } from '../process/exit.ts';
import type { Repair } from '../supervisor/launch-plan.ts';

/** Sends one request to the gateway; rejects if it fails. `timeoutMs` limits the wait for its answer. */
export type GatewayCall = (method: string, params: unknown, timeoutMs: number) => Promise<unknown>;

/** @returns what was done, in words, where anything was. */
export type DrainHook = (call: GatewayCall, limitMs: number) => Promise<string | undefined>;

/** A living process that has what this gateway would need for itself alone. */
export interface StateDirOwner {
  /** Where it listens, if it does. */
  readonly port?: number;
  /** Why nothing can be started beside it. */
  readonly problem: Problem;
}

/** What one start aims at: how to run the gateway, where it will listen, how to speak to it. Durations in ms. */
export interface GatewayTarget {
  readonly mode: 'auto' | 'supervise' | 'attach';
  readonly command: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly host: string;
  /** 0: choose a free one. */
  readonly port: number;
  readonly url?: string;
  readonly path: string;
  readonly healthPath: string;
  readonly dialect: DialectChoice;
  readonly auth?: ConnectionAuth;
  readonly startTimeoutMs: number;
  readonly drainMs: number;
  readonly graceMs: number;
  readonly lifeline: boolean;
  /** Knows this program's own exit codes; `undefined` leaves it to the general table. */
  readonly judgeExit?: ExitJudge;
  /** Ends or finishes what the gateway works on, before it is told to stop; takes at most `drainMs`. Default: requests under way are waited for. */
  readonly drainHook?: DrainHook;
  /** Asked before every spawn: whoever it names is attached to in mode `auto` if it is such a gateway, else nothing is started. */
  readonly findStateDirOwner?: () => Promise<StateDirOwner | undefined>;
  /** The gateway's own repair of a configuration it refuses. */
  readonly repair?: Repair;
}

export type TargetResult =
  | { readonly ok: true; readonly target: GatewayTarget }
  | { readonly ok: false; readonly problem: Problem };
