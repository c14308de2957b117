import type { DialectChoice, Problem } from '@deskclaw/protocol';
import type { ConnectionAuth } from '../connection/options.ts';
import type { ReadyCheck } from '../dialect/ready-check.ts';
import type { PinnedCertificate } from '../ports/sockets.ts';
import type { ExitJudge } from '../process/exit.ts';
import type { PeerTrust } from '../process/peer-trust.ts';
import type { ClaimRestart, FindCriticalWork, Repair } from '../supervisor/launch-plan.ts';

/** Sends one request to the gateway; rejects if it fails. `timeoutMs` limits the wait for its answer. */
export type GatewayCall = (method: string, params: unknown, timeoutMs: number) => Promise<unknown>;

/** Ends or finishes the gateway's work before a stop. @returns what was done, as a sentence; `undefined` if nothing. */
export type DrainHook = (call: GatewayCall, limitMs: number) => Promise<string | undefined>;

/** A living process that uses the gateway's state directory, which only one process may use. */
export interface StateDirOwner {
  /** The port this process listens on, if any. */
  readonly port?: number;
  /** Why no gateway can be started beside this process. */
  readonly problem: Problem;
}

/** How to run one gateway, where it listens, and how to connect to it. Durations in ms. */
export interface GatewayTarget {
  readonly mode: 'auto' | 'supervise' | 'attach';
  readonly command: readonly string[];
  /** Name and version of the program, for people. Default: the file name of the command. */
  readonly program?: string;
  readonly env: Readonly<Record<string, string>>;
  /** Names of our own environment to pass on besides the minimal list; `*` at the end allowed. Default: none. */
  readonly inheritEnv?: readonly string[];
  readonly cwd?: string;
  /** Preferred working folder without `cwd`, where it exists. */
  readonly defaultCwd?: string;
  readonly host: string;
  /** 0: choose a free one. */
  readonly port: number;
  readonly url?: string;
  /** Reads the certificate that the gateway shows; then it is connected to by `wss://`, and by no other certificate. */
  readonly certificate?: () => Promise<PinnedCertificate>;
  readonly path: string;
  readonly healthPath: string;
  /** Where the gateway may say whether it has started, and whether it is ready for work. */
  readonly probePaths?: { readonly startup: string; readonly readiness: string };
  readonly dialect: DialectChoice;
  readonly ready?: ReadyCheck;
  readonly headers?: Readonly<Record<string, string>>;
  readonly protocols?: readonly string[];
  readonly auth?: ConnectionAuth;
  /** Whom the token and messages may be sent to. Default: our own user and root. */
  readonly trust?: PeerTrust;
  readonly startTimeoutMs: number;
  /** Longest start, whatever progress the gateway reports. Default: no limit. */
  readonly startLimitMs?: number;
  readonly drainMs: number;
  readonly graceMs: number;
  readonly lifeline: boolean;
  /** Judges this program's own exit codes. Default: the general table. */
  readonly judgeExit?: ExitJudge;
  /** Called before SIGTERM, for `drainMs` at most. Default: waits for the requests in flight. */
  readonly drainHook?: DrainHook;
  /** Called before every spawn. In mode `auto` a gateway it returns is attached to; any other process fails the start. */
  readonly findStateDirOwner?: () => Promise<StateDirOwner | undefined>;
  /** Runs the gateway's own repair of a configuration that it rejects. */
  readonly repair?: Repair;
  /** Asks whether a gateway that exited with success had handed its restart over to us. */
  readonly claimRestart?: ClaimRestart;
  /** Asks what a gateway that is not ready yet does that must not be interrupted. */
  readonly findCriticalWork?: FindCriticalWork;
}

export type TargetResult =
  | { readonly ok: true; readonly target: GatewayTarget }
  | { readonly ok: false; readonly problem: Problem };
