import type { ExitCause, ExitFacts, LastExit, LastOutput, Problem, StartFinding } from '@deskclaw/protocol';
import type { ProcessIdentity } from '../ports/spawner.ts';
import type { CrashLedger } from './crash-budget.ts';

/**
 * Why a launch was begun. `user`: a user waits for it, so its first failure is the answer.
 * `automatic`: recovery, so a failure counts against the crash budget and is retried after a delay.
 */
export type Purpose = 'user' | 'automatic';

/** How a stop begins: with the gateway's own drain, with SIGTERM, or with SIGKILL to the whole tree. */
export type StopMode = 'drain' | 'terminate' | 'kill';

/** What was found out about a start that takes long. */
export interface StartFound {
  readonly finding: StartFinding;
  readonly said?: LastOutput;
}

/** What the gateway announced before it closed its connections: that it stops, or that it restarts by itself. */
export type Announcement = 'stop' | 'restart';

/** Why recovery is needed. */
export type RecoveryReason =
  | { readonly kind: 'exited'; readonly announced?: Announcement }
  /** The process lived, but was not ready in time. `lastError`: why the last attempt to connect failed. */
  | {
      readonly kind: 'start-timeout';
      readonly waitedMs: number;
      readonly lastError?: string;
      readonly found?: StartFound;
    }
  | { readonly kind: 'unresponsive'; readonly detail: string }
  /** Another process took the port while the gateway booted or restarted itself. */
  | { readonly kind: 'port-lost'; readonly problem: Problem };

/** Step after the old process has ended. */
export type Next =
  | { readonly to: 'idle' }
  /** `adopt`: whether a process of an earlier host may be adopted; a restart wants a new one. */
  | { readonly to: 'launch'; readonly adopt: boolean }
  /** An adopted process failed: launch a new one with the same purpose. */
  | { readonly to: 'replace'; readonly reason: RecoveryReason; readonly purpose: Purpose }
  /** The crash policy decides. `readyForMs` is absent if the gateway never was ready. */
  | {
      readonly to: 'recover';
      readonly reason: RecoveryReason;
      readonly purpose: Purpose;
      readonly readyForMs?: number;
    };

/**
 * Stages of a stop. `cancelling`: a preflight is being cancelled. `awaiting-child`: a spawn is under way and must answer first.
 * `holding`: the process is not ready yet and may do what must not be interrupted, which is asked and then waited for; `problem` says what.
 * `claiming`: the process is gone, and it is asked whether it handed its restart over to us.
 * `draining`: the gateway finishes its running work. `sigterm-sent`: SIGTERM was sent. `reaping`: SIGKILL to whatever is left of the
 * tree, until nothing is and the port is free; it reports by itself, so it has no deadline here.
 */
export type Stage =
  | { readonly step: 'cancelling'; readonly deadline: number }
  | { readonly step: 'awaiting-child'; readonly deadline: number; readonly mode: StopMode }
  | {
      readonly step: 'holding';
      readonly child: ProcessIdentity;
      readonly deadline: number;
      readonly problem?: Problem;
    }
  | { readonly step: 'claiming'; readonly deadline: number; readonly ended: LaunchExit }
  | { readonly step: 'draining' | 'sigterm-sent'; readonly child: ProcessIdentity; readonly deadline: number }
  | { readonly step: 'reaping'; readonly child: ProcessIdentity };

/** A launch lasts from the decision to start until its whole process tree has ended. Its number is never reused. */
interface StartingState {
  readonly launch: number;
  readonly since: number;
  readonly purpose: Purpose;
  readonly deadline: number;
}

/** Times are monotonic ms of the injected clock; `LastExit.at` is epoch ms. */
export type SupervisorState =
  | { readonly name: 'idle'; readonly since: number }
  /** Resolving the command, the runtime and the port before anything is spawned. */
  | (StartingState & { readonly name: 'preflight' })
  | (StartingState & { readonly name: 'spawning' })
  /** Alive, not yet ready; `deadline` moves out when the gateway shows progress. */
  | (StartingState & {
      readonly name: 'booting';
      readonly child: ProcessIdentity;
      /** Whether the process was adopted from an earlier host. */
      readonly adopted: boolean;
      /** The gateway answered that it is still starting. */
      readonly warming?: true;
      /** What it does that must not be interrupted. */
      readonly critical?: Problem;
      readonly lastError?: string;
      readonly found?: StartFound;
    })
  | {
      readonly name: 'running';
      readonly launch: number;
      readonly since: number;
      readonly child: ProcessIdentity;
      readonly adopted: boolean;
      readonly bootMs: number;
      /** The last shutdown notice, until the gateway is ready again. */
      readonly announced?: Announcement;
    }
  | {
      readonly name: 'terminating';
      readonly launch: number;
      readonly since: number;
      readonly stage: Stage;
      readonly next: Next;
    }
  | { readonly name: 'backoff'; readonly since: number; readonly respawnAt: number; readonly problem: Problem }
  /** `survivor`: a process of ours that even SIGKILL did not end; the next intent tries to end it again, and goes on once it is gone. */
  | {
      readonly name: 'failed';
      readonly since: number;
      readonly problem: Problem;
      readonly survivor?: { readonly launch: number; readonly child: ProcessIdentity };
    };

export type SupervisorStateName = SupervisorState['name'];

/** Permitted transitions. A state may also follow itself with other details. Any other change is a bug. */
export const supervisorEdges: Readonly<Record<SupervisorStateName, readonly SupervisorStateName[]>> = {
  idle: ['preflight'],
  preflight: ['spawning', 'booting', 'terminating', 'backoff', 'failed'],
  spawning: ['booting', 'terminating', 'preflight', 'backoff', 'failed'],
  booting: ['running', 'terminating'],
  running: ['terminating'],
  terminating: ['idle', 'preflight', 'backoff', 'failed'],
  backoff: ['preflight', 'idle'],
  failed: ['preflight', 'terminating', 'idle', 'backoff'],
};

/** The user's intent; recovery never changes it. */
export interface Intent {
  readonly want: 'up' | 'down';
  readonly generation: number;
}

/** The whole state of the reducer. */
export interface SupervisorModel {
  readonly intent: Intent;
  readonly state: SupervisorState;
  /** The number of the newest launch. */
  readonly launches: number;
  readonly crashes: CrashLedger;
  /** Automatic respawns so far. */
  readonly restarts: number;
  /** Whether the gateway's own repair ran since the last user request. */
  readonly repaired: boolean;
}

export const initialModel: SupervisorModel = {
  intent: { want: 'down', generation: 0 },
  state: { name: 'idle', since: 0 },
  launches: 0,
  crashes: [],
  restarts: 0,
  repaired: false,
};

export interface ExitRecord extends LastExit {
  readonly pid: number;
  readonly launch: number;
  readonly generation: number;
  readonly cause: ExitCause;
  /** ms from spawn (or adoption) to exit. */
  readonly livedMs: number;
  /** Whether the gateway had become ready. */
  readonly wasReady: boolean;
  /** The last lines of stderr (stdout where stderr was silent), oldest first. */
  readonly lastLines: readonly string[];
  /** The first reported error, with the lines that belong to it. */
  readonly firstFailure: readonly string[];
}

/** How the process of a launch ended. */
export interface LaunchExit {
  readonly exit: ExitRecord;
  readonly facts: ExitFacts;
  /** Why no other try can help, where that is known better than the exit tells. */
  readonly problem?: Problem;
}

/** Returns when the state changes by itself. The supervisor keeps one timer, for this. */
export function deadlineOf(state: SupervisorState): number | undefined {
  switch (state.name) {
    case 'preflight':
    case 'spawning':
    case 'booting':
      return state.deadline;
    case 'terminating':
      return state.stage.step === 'reaping' ? undefined : state.stage.deadline;
    case 'backoff':
      return state.respawnAt;
    case 'idle':
    case 'running':
    case 'failed':
      return undefined;
    default:
      return state satisfies never;
  }
}

/** Returns the process that lives in this state, as far as known. */
export function childOf(state: SupervisorState): ProcessIdentity | undefined {
  switch (state.name) {
    case 'booting':
    case 'running':
      return state.child;
    case 'terminating':
      return 'child' in state.stage ? state.stage.child : undefined;
    case 'failed':
      return survivorOf(state);
    case 'idle':
    case 'preflight':
    case 'spawning':
    case 'backoff':
      return undefined;
    default:
      return state satisfies never;
  }
}

/** Returns whether a stop in this stage would be faster with mode `kill`. */
export function canBeForced(stage: Stage): boolean {
  switch (stage.step) {
    case 'draining':
    case 'sigterm-sent':
    case 'holding':
      return true;
    case 'awaiting-child':
      return stage.mode !== 'kill';
    case 'cancelling':
    case 'claiming':
    case 'reaping':
      return false;
    default:
      return stage satisfies never;
  }
}

/** Returns the process that SIGKILL did not end. */
export function survivorOf(state: SupervisorState): ProcessIdentity | undefined {
  return state.name === 'failed' ? state.survivor?.child : undefined;
}
