import type { ExitFacts, Problem } from '@deskclaw/protocol';
import type { ProcessIdentity } from '../ports/spawner.ts';
import type { ExitRecord, StopMode } from './state.ts';

/** When it happened, and the chance that goes with it: the reducer has neither clock nor dice. */
export interface EventTime {
  /** Monotonic ms. */
  readonly at: number;
  /** Epoch ms, for problems. */
  readonly wallTime: number;
  /** Uniform in [0, 1). */
  readonly random: number;
}

/** The user's word. A generation not above the last one heard is stale. */
export type IntentEvent =
  | { readonly type: 'up'; readonly generation: number }
  | { readonly type: 'down'; readonly generation: number; readonly mode: StopMode }
  | { readonly type: 'restart'; readonly generation: number; readonly mode: StopMode };

/** What became of something begun. It carries the launch it was begun for, and changes nothing once that is over. */
export type LaunchEvent = { readonly launch: number } & (
  | { readonly type: 'preflight-passed' }
  | { readonly type: 'preflight-refused'; readonly problem: Problem }
  | { readonly type: 'preflight-cancelled' }
  /** The preflight found a living process that an earlier host of ours had started. */
  | { readonly type: 'adopted'; readonly child: ProcessIdentity }
  | { readonly type: 'spawned'; readonly child: ProcessIdentity }
  | { readonly type: 'spawn-failed'; readonly problem: Problem }
  | { readonly type: 'ready' }
  /** The gateway itself says that it is still starting. */
  | { readonly type: 'progress' }
  /** A try to reach it failed, in words; shown if the start times out. */
  | { readonly type: 'trouble'; readonly text: string }
  /** Somebody else was quicker, and answers on its port. */
  | { readonly type: 'port-lost'; readonly problem: Problem }
  /** The gateway has finished its running work. */
  | { readonly type: 'drained' }
  /** The main process has ended by itself or by our signal. */
  | { readonly type: 'exited' }
  /** Every process of the launch is proven dead and its port free. */
  | { readonly type: 'gone'; readonly exit: ExitRecord; readonly facts: ExitFacts }
  /** Some of it outlived SIGKILL. */
  | { readonly type: 'stuck'; readonly survivors: readonly string[] }
  /** The liveness ladder's last step. */
  | { readonly type: 'unresponsive'; readonly detail: string }
);

/** The one timer: it names the deadline it was set for. */
export interface DeadlineEvent {
  readonly type: 'deadline';
  readonly deadline: number;
}

/** This machine, or this program, stood still until now. */
export interface WokeEvent {
  readonly type: 'woke';
}

export type SupervisorEvent = IntentEvent | LaunchEvent | DeadlineEvent | WokeEvent;
