import type { Problem } from '@deskclaw/protocol';
import type { Session } from '../dialect/session.ts';
import type { HeartbeatAction } from './heartbeat.ts';
import type { ConnectionState, DisconnectInfo, RetryPolicy } from './state.ts';

/** When something happened, and a random number: the reducer has neither a clock nor a source of randomness. */
export interface EventTime {
  /** Monotonic ms. */
  readonly at: number;
  /** Epoch ms. */
  readonly epoch: number;
  /** Uniform in [0, 1). */
  readonly random: number;
}

/** `wake`: this machine slept, or this program was stopped. */
export type ReconnectCause = 'user' | 'wake' | 'network';

export type ConnectionInput =
  | { readonly type: 'connect'; readonly policy: RetryPolicy }
  /** Another attempt is worthwhile now. */
  | { readonly type: 'reconnect'; readonly cause: ReconnectCause }
  /** The gateway's process showed a sign of life. */
  | { readonly type: 'retry-soon' }
  | { readonly type: 'disconnect'; readonly problem: Problem }
  /** The process behind it is gone, or (`close`) is about to be ended; another may come. */
  | { readonly type: 'suspend'; readonly how?: 'close' | 'terminate'; readonly problem: Problem }
  | { readonly type: 'opened'; readonly generation: number }
  /** The peer has our secret, and may take so long to check it, ms. */
  | { readonly type: 'credentials-sent'; readonly generation: number; readonly answerWithinMs: number }
  /** The peer has accepted us, and the user's hook prepares the connection, for so long at most, ms. */
  | { readonly type: 'preparing'; readonly generation: number; readonly withinMs: number }
  | { readonly type: 'accepted'; readonly generation: number; readonly session: Session; readonly intervalMs: number }
  | { readonly type: 'failed'; readonly generation: number; readonly ended: DisconnectInfo }
  /** A peer that was reported unresponsive has sent a frame. */
  | { readonly type: 'frame-received'; readonly intervalMs: number }
  /** The time that `dueAt` named has come. */
  | { readonly type: 'due'; readonly lastFrameAt: number; readonly intervalMs: number };

export type ConnectionEvent = EventTime & ConnectionInput;

export type ConnectionEffect =
  | { readonly type: 'open'; readonly generation: number }
  /** `close`: with a close frame. `terminate`: at once, as a broken socket cannot be drained. */
  | { readonly type: 'end'; readonly how: 'close' | 'terminate' }
  | { readonly type: 'attach'; readonly session: Session }
  /** `keep` holds the requests that may be sent (again) later; `reject` fails all. */
  | { readonly type: 'detach'; readonly requests: 'keep' | 'reject'; readonly problem: Problem }
  | { readonly type: 'heartbeat'; readonly action: Exclude<HeartbeatAction, 'replace'> }
  /** Notifies listeners that an attempt or a connection is over. */
  | { readonly type: 'ended'; readonly ended: DisconnectInfo };

export interface Step {
  readonly state: ConnectionState;
  readonly effects: readonly ConnectionEffect[];
}

export type Attempting = Extract<ConnectionState, { readonly name: 'connecting' | 'handshaking' }>;
export type Ready = Extract<ConnectionState, { readonly name: 'ready' }>;

export const terminate: ConnectionEffect = { type: 'end', how: 'terminate' };

export function unchanged(state: ConnectionState): Step {
  return { state, effects: [] };
}

/** Returns the step with other effects before its own. */
export function after(effects: readonly ConnectionEffect[], step: Step): Step {
  return { state: step.state, effects: [...effects, ...step.effects] };
}

/** Returns the name of an input for a trace: its type and what decides besides; `old` is one of an earlier attempt. */
export function inputName(input: ConnectionInput, generation: number): string {
  if ('generation' in input && input.generation !== generation) return `old ${input.type}`;
  switch (input.type) {
    case 'connect':
      return `connect ${input.policy}`;
    case 'reconnect':
      return `reconnect ${input.cause}`;
    case 'failed':
      return `failed ${input.ended.failure.verdict.kind}`;
    default:
      return input.type;
  }
}
