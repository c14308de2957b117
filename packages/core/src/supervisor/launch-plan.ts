import type { Problem } from '@deskclaw/protocol';
import type { AbortSignal } from '../ports/abort-signal.ts';
import type { ProcessIdentity } from '../ports/spawner.ts';
import { fillCommand } from '../process/command.ts';
import type { ExitJudge } from '../process/exit.ts';
import { commandHash } from '../process/ownership.ts';
import type { PeerTrust } from '../process/peer-trust.ts';
import type { CrashPolicy } from './crash-budget.ts';
import type { ExitRecord } from './state.ts';

/** Result of a repair. `did`: the action taken, shown if the gateway fails again nevertheless. */
export type RepairResult =
  | { readonly kind: 'repaired'; readonly did: string }
  | { readonly kind: 'failed'; readonly problem: Problem };

/** Run once per intent after an exit with cause `configuration`. Must end soon after `signal` aborts. */
export type Repair = (exit: ExitRecord | undefined, signal: AbortSignal) => Promise<RepairResult>;

/** Whether a gateway that exited had handed its restart over to its supervisor. `detail`: what was found, as a sentence. */
export interface RestartClaim {
  readonly accepted: boolean;
  readonly detail: string;
}

/** Asked once after a gateway that was ready exited with success and without announcing a stop. Must end soon after `signal` aborts. */
export type ClaimRestart = (pid: number, signal: AbortSignal) => Promise<RestartClaim>;

/**
 * Asked of a gateway that is not ready yet: why it must not be ended now, e.g. because it migrates its data; `undefined`: it may be.
 * Must end soon after `signal` aborts, and within some seconds.
 */
export type FindCriticalWork = (child: ProcessIdentity, signal: AbortSignal) => Promise<Problem | undefined>;

/** The command to run and its limits. */
export interface LaunchPlan {
  /** A program and its arguments, never a shell string; `{port}` and `{host}` are filled in. */
  readonly command: readonly string[];
  /** Absolute path that the gateway needs. */
  readonly cwd?: string;
  /** Absolute path to prefer without `cwd`, where it exists; else the folder of the host, else the home folder. */
  readonly defaultCwd?: string;
  /** Laid over a minimal environment; may hold secrets. */
  readonly env?: Readonly<Record<string, string>>;
  /** Names of our own environment to pass on besides the list; `*` at the end allowed. */
  readonly inherit?: readonly string[];
  readonly host: string;
  /** A real port, not 0. */
  readonly port: number;
  /** Holds the child's standard input open for as long as we live; a gateway that watches it ends with us. */
  readonly lifeline: boolean;
  /** Whom a secret may be sent to if it answers on the port in place of our child. Default: our user and root. */
  readonly trust?: PeerTrust;
  readonly startup?: Partial<SupervisorPolicy['startup']>;
  readonly stop?: Partial<SupervisorPolicy['stop']>;
  readonly crash?: Partial<CrashPolicy>;
  /** A program's own reading of its exit; `undefined` from it: the general table holds. */
  readonly judgeExit?: ExitJudge;
  /** Asked before every spawn; a problem refuses the launch. Must end soon after `signal` aborts. */
  readonly prepare?: (signal: AbortSignal) => Promise<Problem | undefined>;
  /** The gateway's own repair. */
  readonly repair?: Repair;
  /** Without it, every exit that nobody requested is judged as an exit. */
  readonly claimRestart?: ClaimRestart;
  /** Without it, a gateway that is not ready may be ended at any time. */
  readonly findCriticalWork?: FindCriticalWork;
}

export function policyOf(plan: LaunchPlan): SupervisorPolicy {
  return {
    startup: { ...defaultPolicy.startup, ...plan.startup },
    stop: { ...defaultPolicy.stop, ...plan.stop },
    crash: { ...defaultPolicy.crash, ...plan.crash },
    repairs: plan.repair !== undefined,
    claimsRestarts: plan.claimRestart !== undefined,
    guardsCriticalWork: plan.findCriticalWork !== undefined,
  };
}

/** The command as it is run, and what tells it from another: a folder that nobody named is no part of that. */
export function commandOf(plan: LaunchPlan): { argv: readonly string[]; hash: string } {
  const argv = fillCommand(plan.command, plan);
  return { argv, hash: commandHash(argv, plan.cwd ?? '') };
}

/** How one gateway is started, stopped and brought back. Durations in ms. */
export interface SupervisorPolicy {
  /** From the spawn to being ready; moved out while the gateway itself reports progress. Default 120000. */
  readonly startup: {
    readonly timeoutMs: number;
    /** From the spawn to being ready at the most, whatever progress the gateway reports. Default: no limit. */
    readonly limitMs?: number;
  };
  readonly stop: {
    /** How long running work may be finished before SIGTERM. Default 0: not asked. */
    readonly drainMs: number;
    /** From SIGTERM to SIGKILL of the whole tree. Default 5000. */
    readonly graceMs: number;
    /** How long SIGKILL may take before we say that it did not help. Default 5000. */
    readonly killMs: number;
  };
  readonly crash: CrashPolicy;
  /** Whether the gateway can repair its configuration; tried once per intent. */
  readonly repairs: boolean;
  /** Whether the gateway may hand its restart over to us when it exits. */
  readonly claimsRestarts: boolean;
  /** Whether a gateway that is not ready yet may be doing what must not be interrupted. */
  readonly guardsCriticalWork: boolean;
}

export const defaultPolicy: SupervisorPolicy = {
  startup: { timeoutMs: 120_000 },
  stop: { drainMs: 0, graceMs: 5_000, killMs: 5_000 },
  crash: { maxCrashes: 5, windowMs: 300_000, stableAfterMs: 60_000, baseDelayMs: 500, maxDelayMs: 30_000 },
  repairs: false,
  claimsRestarts: false,
  guardsCriticalWork: false,
};
