import type { Problem } from '@deskclaw/protocol';
import type { ConnectionAuth } from '../connection/options.ts';
import type { GatewayCall } from '../openclaw/active-runs.ts';
import type { ExitJudge } from '../process/exit.ts';

/** @returns what was done, in words, where anything was. */
export type FinishWork = (call: GatewayCall, limitMs: number) => Promise<string | undefined>;

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
  readonly dialect: 'auto' | 'jsonrpc' | 'openclaw';
  readonly auth?: ConnectionAuth;
  readonly startTimeoutMs: number;
  readonly drainMs: number;
  readonly graceMs: number;
  readonly lifeline: boolean;
  /** Knows this program's own exit codes; `undefined` leaves it to the general table. */
  readonly judgeExit?: ExitJudge;
  /** Ends or finishes what the gateway works on, before it is told to stop; takes at most `drainMs`. Default: requests under way are waited for. */
  readonly finishWork?: FinishWork;
}

export type Prepared =
  | { readonly ok: true; readonly target: GatewayTarget }
  | { readonly ok: false; readonly problem: Problem };
