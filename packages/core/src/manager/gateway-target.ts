import type { Problem } from '@deskclaw/protocol';
import type { ConnectionAuth } from '../connection/options.ts';
import type { ExitJudge } from '../process/exit.ts';

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
}

export type Prepared =
  | { readonly ok: true; readonly target: GatewayTarget }
  | { readonly ok: false; readonly problem: Problem };
