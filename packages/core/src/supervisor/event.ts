import type { Problem } from '@deskclaw/protocol';
import type { EventTime } from '../ports/clock.ts';
import type { ProcessIdentity } from '../ports/spawner.ts';
import type { OutputLine } from '../process/line-level.ts';
import type { RestartClaim } from './launch-plan.ts';
import type { ExitRecord, LaunchExit, StartFound, StopMode, SupervisorState } from './state.ts';

export type { EventTime };

/** A user request. A generation not above the last accepted one is stale. */
export type IntentEvent =
  | { readonly type: 'up'; readonly generation: number }
  | { readonly type: 'down'; readonly generation: number; readonly mode: StopMode }
  | { readonly type: 'restart'; readonly generation: number; readonly mode: StopMode };

/** The result of an effect. It carries the number of its launch, and changes nothing once that launch is over. */
export type LaunchEvent = { readonly launch: number } & (
  | { readonly type: 'preflight-passed' }
  | { readonly type: 'preflight-refused'; readonly problem: Problem }
  | { readonly type: 'preflight-cancelled' }
  /** The preflight found a living process of an earlier host. */
  | { readonly type: 'adopted'; readonly child: ProcessIdentity }
  | { readonly type: 'spawned'; readonly child: ProcessIdentity }
  | { readonly type: 'spawn-failed'; readonly problem: Problem }
  | { readonly type: 'ready' }
  /** The gateway reported that it is still starting. */
  | { readonly type: 'progress' }
  /** An attempt to connect failed; the text is shown if the start times out. */
  | { readonly type: 'connect-error'; readonly text: string }
  /** What the system and the network show about a start that takes long. */
  | { readonly type: 'start-finding'; readonly found: StartFound }
  /** Another process answers on the port of the gateway. */
  | { readonly type: 'port-lost'; readonly problem: Problem }
  /** The gateway has finished its running work. */
  | { readonly type: 'drained' }
  /** The gateway announced that it shuts down. `restart`: it is to come back by itself. */
  | { readonly type: 'shutdown-announced'; readonly restart: boolean }
  /** Whether a gateway that is not ready yet does what must not be interrupted; without a problem it does not. */
  | { readonly type: 'critical-work'; readonly problem?: Problem }
  /** Whether the gateway that exited had asked for a successor. */
  | { readonly type: 'restart-claimed'; readonly claim: RestartClaim }
  /** The main process exited, by itself or by our signal. */
  | { readonly type: 'exited' }
  /** Every process of the launch is proven dead and its port free. */
  | ({ readonly type: 'gone' } & LaunchExit)
  /** Some processes of the launch survived SIGKILL. */
  | { readonly type: 'stuck'; readonly survivors: readonly string[] }
  /** The process lives, but the gateway has not answered for too long. */
  | { readonly type: 'unresponsive'; readonly detail: string }
);

/** The timer fired; it names the deadline it was set for. */
export interface DeadlineEvent {
  readonly type: 'deadline';
  readonly deadline: number;
}

/** The machine slept, or this program was suspended, until now. */
export interface WokeEvent {
  readonly type: 'woke';
}

export type SupervisorEvent = IntentEvent | LaunchEvent | DeadlineEvent | WokeEvent;

export interface LaunchedProcess {
  readonly launch: number;
  readonly generation: number;
  readonly child: ProcessIdentity;
}

/** Events that a supervisor emits, with their payloads. */
export interface SupervisorEventMap {
  readonly transition: {
    readonly from: SupervisorState;
    readonly to: SupervisorState;
    readonly cause: SupervisorEvent['type'];
  };
  readonly spawned: LaunchedProcess;
  /** Adopted from an earlier host. */
  readonly adopted: LaunchedProcess;
  readonly exit: ExitRecord;
  readonly 'restart-claimed': { readonly launch: number; readonly claim: RestartClaim };
  readonly line: OutputLine;
  /** The gateway is to finish its running work; then call `reportDrained`. Without a listener the drain is skipped. */
  readonly drain: { readonly launch: number; readonly limitMs: number };
}
