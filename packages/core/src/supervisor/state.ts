import type { ExitCause, LastExit, Problem } from '@deskclaw/protocol';
import type { ProcessIdentity } from '../ports/spawner.ts';
import type { CrashLedger } from './crash-budget.ts';

/**
 * Who a launch is for. `asked`: a person waits for it, so its first failure is their answer.
 * `automatic`: recovery, so a failure is counted and tried again after a pause.
 */
export type Purpose = 'asked' | 'automatic';

/** How a stop is begun: with the gateway's own drain, with SIGTERM, or with SIGKILL to the whole tree. */
export type StopMode = 'drain' | 'terminate' | 'kill';

/** Why recovery is needed. */
export type RecoveryReason =
  | { readonly kind: 'exited' }
  /** It lived, but was not ready in time. `trouble`: what the last try to reach it met. */
  | { readonly kind: 'start-timeout'; readonly waitedMs: number; readonly lastError?: string }
  | { readonly kind: 'unresponsive'; readonly detail: string }
  /** Somebody else took its port, while it booted or had let go of it to restart itself. */
  | { readonly kind: 'port-lost'; readonly problem: Problem };

/** What follows once nothing of the old process is left. */
export type Next =
  | { readonly to: 'idle' }
  /** `adopt`: whether what an earlier host left may be taken over; somebody who asks for a restart wants a new process. */
  | { readonly to: 'launch'; readonly adopt: boolean }
  /** What was taken over is not well: a new one for whoever waits. */
  | { readonly to: 'replace'; readonly reason: RecoveryReason; readonly purpose: Purpose }
  /** The policy decides, knowing how it ended. `readyForMs` is absent where it never was ready; where it was, nobody waits for it any more. */
  | {
      readonly to: 'recover';
      readonly reason: RecoveryReason;
      readonly purpose: Purpose;
      readonly readyForMs?: number;
    };

/**
 * The way down. `cancelling`: a preflight is ending. `awaiting-child`: a spawn was under way and must answer first.
 * `draining`: the gateway finishes its work. `asked`: SIGTERM was sent. `reaping`: SIGKILL to whatever is left of the
 * tree, until nothing is and the port is free; it reports by itself, so it has no deadline here.
 */
export type Stage =
  | { readonly step: 'cancelling'; readonly deadline: number }
  | { readonly step: 'awaiting-child'; readonly deadline: number; readonly mode: StopMode }
  | { readonly step: 'draining' | 'asked'; readonly child: ProcessIdentity; readonly deadline: number }
  | { readonly step: 'reaping'; readonly child: ProcessIdentity };

/** One launch: from the decision to start until nothing of it is left. Its number is never used again. */
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
      /** Taken over from a host that died. */
      readonly adopted: boolean;
      /** It has answered, and said that it is still starting. */
      readonly warming?: true;
      readonly lastError?: string;
    })
  | {
      readonly name: 'running';
      readonly launch: number;
      readonly since: number;
      readonly child: ProcessIdentity;
      readonly adopted: boolean;
      readonly bootMs: number;
    }
  | {
      readonly name: 'terminating';
      readonly launch: number;
      readonly since: number;
      readonly stage: Stage;
      readonly next: Next;
    }
  | { readonly name: 'backoff'; readonly since: number; readonly respawnAt: number; readonly problem: Problem }
  /** `survivor`: a process of ours that even SIGKILL did not end; the next intent goes for it again, and once it is gone, things go on. */
  | {
      readonly name: 'failed';
      readonly since: number;
      readonly problem: Problem;
      readonly survivor?: { readonly launch: number; readonly child: ProcessIdentity };
    };

export type SupervisorStateName = SupervisorState['name'];

/** The user's last word; recovery serves it and never changes it. */
export interface Intent {
  readonly want: 'up' | 'down';
  readonly generation: number;
}

/** Everything the reducer knows. */
export interface SupervisorModel {
  readonly intent: Intent;
  readonly state: SupervisorState;
  /** The number of the newest launch. */
  readonly launches: number;
  readonly crashes: CrashLedger;
  /** Automatic respawns so far. */
  readonly restarts: number;
  /** Whether the gateway's own repair was run since the user last asked for anything. */
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
  /** Whether it had become ready. */
  readonly wasReady: boolean;
  /** Its last lines of stderr (stdout where stderr was silent), oldest first. */
  readonly lastLines: readonly string[];
  /** The first thing it called an error, with the lines that belong to it. */
  readonly firstFailure: readonly string[];
}

/** When the state changes by itself. The interpreter keeps one timer, for this. */
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

/** The process of ours that lives in this state, as far as is known. */
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

/** Whether something is waited for that force would not wait for. */
export function canBeForced(stage: Stage): boolean {
  switch (stage.step) {
    case 'draining':
    case 'asked':
      return true;
    case 'awaiting-child':
      return stage.mode !== 'kill';
    case 'cancelling':
    case 'reaping':
      return false;
    default:
      return stage satisfies never;
  }
}

/** The process of ours that could not be ended. */
export function survivorOf(state: SupervisorState): ProcessIdentity | undefined {
  return state.name === 'failed' ? state.survivor?.child : undefined;
}
