import type { DialectChoice } from '@deskclaw/protocol';
import type { ConnectHook } from '../connection/connect-hook.ts';
import type { ConnectionAuth } from '../connection/options.ts';
import type { ReadyCheck } from '../dialect/ready-check.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Tracer } from '../ports/tracer.ts';
import type { FailureStore } from './failure-store.ts';
import type { TargetResult } from './gateway-target.ts';
import type { StepRecorder } from './reducer-step.ts';

/** Every duration is in ms. Nothing is required: the defaults are the contract's. */
export interface GatewayManagerOptions {
  /** `auto` (default): attach if a gateway answers on the port, else supervise. */
  readonly mode?: 'auto' | 'supervise' | 'attach';
  /** A program and its arguments, never a shell string; `{port}` and `{host}` are filled in. */
  readonly command?: readonly string[];
  /** Variables of the gateway, beside those that it gets from this program (`inheritEnv`); these win. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * What the gateway gets of this program's environment. `false` (default): the user's identity, folders, language, session, proxies and
   * certificates (list in the README). A list: these names too, with `*` at the end allowed (`['OPENAI_*']`). `true`: all. Variables of
   * service managers, npm and Electron and `NODE_OPTIONS` are never passed on; `env` can set them.
   */
  readonly inheritEnv?: boolean | readonly string[];
  readonly cwd?: string;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** Default 18789. 0: choose a free one at each start. */
  readonly port?: number;
  /** Attach mode: a whole `ws://` or `wss://` address instead of host, port and path. */
  readonly url?: string;
  /** Default `/ws`. */
  readonly path?: string;
  /** Default `/health`; not asked with `health: { http: false }`. */
  readonly healthPath?: string;
  /** Headers of the WebSocket upgrade, for a gateway that logs in by them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** WebSocket subprotocols to offer, best first. Default: none. */
  readonly protocols?: readonly string[];
  /** Default `auto`: what the peer says first decides. */
  readonly dialect?: DialectChoice;
  /**
   * What proves that a JSON-RPC gateway is ready. `auto` (default): any answer to `system.health`, even an error. `open`: the open
   * socket; nothing is asked, then or later. A method with its params: its result; the same request checks the gateway's health later.
   */
  readonly ready?: ReadyCheck;
  /**
   * Prepares each new connection (initialize, subscribe) before waiting requests are sent on it. The gateway is running when the
   * hook resolves; if it rejects, `start` rejects with its error.
   */
  readonly onConnect?: ConnectHook;
  /** Makes a span of each request, start, stop and restart; a tracer of `@opentelemetry/api` fits. Default: none. */
  readonly tracer?: Tracer;
  /** Hears each step of the reducers, for a replay by DeskClaw's own tools: what a step holds may change. Default: none. */
  readonly recordStep?: StepRecorder;
  /** Asked again at every attempt; `tokenSource` names where the token comes from, for the error that says it was refused. */
  readonly auth?: ConnectionAuth;
  /**
   * Other users of this machine, by name or number, whose gateway may receive the token and messages. Default: none; our own user
   * and root are trusted in any case.
   */
  readonly trustUsers?: readonly (string | number)[];
  /** Whether a gateway on this machine is trusted if the system does not tell whose it is, as in a container. Default false. */
  readonly trustUnknownPeers?: boolean;
  /** Defaults 1000, 30000, 10, 5000. After `maxAttempts` a slow probe every 60 s goes on. */
  readonly reconnect?: {
    readonly baseDelayMs?: number;
    readonly maxDelayMs?: number;
    readonly maxAttempts?: number;
    readonly jitter?: 'equal';
    readonly stableAfterMs?: number;
  };
  /** Default 120000, moved out while the gateway itself reports progress. */
  readonly startup?: { readonly timeoutMs?: number };
  /** Defaults 30000, 1024, `reject`. */
  readonly request?: {
    readonly timeoutMs?: number;
    readonly maxInFlight?: number;
    readonly whenDisconnected?: 'reject' | 'wait';
  };
  /**
   * Between active checks (default 30000), how long every sign of life must be missing before an owned process is restarted
   * (default 180000), and whether `healthPath` is asked too (default true): many gateways have no such path.
   */
  readonly health?: { readonly intervalMs?: number; readonly unresponsiveAfterMs?: number; readonly http?: boolean };
  /** Ping after so much silence (default 5000), and how long each answer may take (default 4000): a frozen gateway is noticed within 15 s. */
  readonly heartbeat?: { readonly intervalMs?: number; readonly timeoutMs?: number; readonly probeMs?: number };
  /**
   * Defaults 0, 5000. For `drainMs` at most, requests under way when the stop begins may still be answered; then SIGTERM, and
   * after `graceMs` SIGKILL of the whole tree. Both are skipped by `force`.
   */
  readonly stop?: { readonly drainMs?: number; readonly graceMs?: number };
  /** Defaults 5 within 300000, forgotten after 60000 of running. */
  readonly crash?: { readonly maxCrashes?: number; readonly windowMs?: number; readonly stableAfterMs?: number };
  /** Gives the child a lifeline: an open standard input that closes when this program dies. Default false. */
  readonly lifeline?: boolean;
  /**
   * Whether the gateway outlives this program, to be adopted by the next manager with the same `ownershipFile`, which it needs.
   * Default false: the gateway ends with this program, whether that exits, throws, or is killed. (On Windows only with `lifeline`.)
   */
  readonly keepRunning?: boolean;
  /** Where the ownership of a running child is recorded, so that it is found again after a crash of ours. Default: not recorded. */
  readonly ownershipFile?: string;
  /** The file that stores how long starts took, for `usualBootMs` of the next manager's status. Default: not stored. */
  readonly bootTimesFile?: string;
  /** Stores the newest failure for the status of the next manager. Default: it is remembered in memory. */
  readonly failures?: FailureStore;
  /** The process before us left us the pipes of its gateway, in our descriptors 3 to 5. Default false. */
  readonly inheritsPipes?: boolean;
  /** Called at every start to get the target, which may have changed since the last. Default: the target of these options. */
  readonly prepare?: () => Promise<TargetResult>;
  /** Removes secrets from the gateway's output before it is stored, shown or quoted in a problem. Default: removes nothing. */
  readonly redact?: (text: string) => string;
  readonly clock?: Clock;
  readonly random?: Random;
  readonly logger?: Logger;
}

export const managerDefaults = {
  mode: 'auto',
  inheritEnv: false,
  host: '127.0.0.1',
  port: 18_789,
  path: '/ws',
  healthPath: '/health',
  dialect: 'auto',
  trustUnknownPeers: false,
  reconnect: { baseDelayMs: 1_000, maxDelayMs: 30_000, maxAttempts: 10, jitter: 'equal', stableAfterMs: 5_000 },
  startup: { timeoutMs: 120_000 },
  request: { timeoutMs: 30_000, maxInFlight: 1_024, whenDisconnected: 'reject' },
  health: { intervalMs: 30_000, unresponsiveAfterMs: 180_000, http: true },
  heartbeat: { intervalMs: 5_000, timeoutMs: 4_000 },
  stop: { drainMs: 0, graceMs: 5_000 },
  crash: { maxCrashes: 5, windowMs: 300_000, stableAfterMs: 60_000 },
} as const;
