import type { Problem } from '@deskclaw/protocol';
import type { ConnectionState } from '../connection/state.ts';
import { type SupervisorState, survivorOf } from '../supervisor/state.ts';

/** The user's intent, independent of the actual state. The newest request wins; none is dropped. */
export interface UserIntent {
  readonly want: 'up' | 'down';
  /** Counts requests that changed something; asynchronous work carries the generation it was started for. */
  readonly generation: number;
}

export type OperationKind = 'start' | 'stop' | 'restart';

/** A request that was accepted and is being carried out. */
export interface Operation {
  readonly kind: OperationKind;
  readonly generation: number;
  /** The asker, as a sentence; for the journal. */
  readonly cause?: string;
  /** Whether the asker runs inside the gateway, and may not live to see the answer; for the journal. */
  readonly isInside?: boolean;
}

/** Options of a stop or restart. */
export interface EndOptions extends Pick<Operation, 'cause' | 'isInside'> {
  /** Skips all waiting: for a drain, and for a process to end by itself. */
  readonly force?: boolean;
}

export interface LifecycleRequest extends EndOptions {
  readonly kind: OperationKind;
}

export type Decision =
  /** A new generation begins; an operation under way is superseded or aborted. */
  | { readonly kind: 'begin'; readonly intent: UserIntent }
  /** An operation of the same effect is under way: wait for it. */
  | { readonly kind: 'join'; readonly operation: Operation }
  /** The requested state is already reached. */
  | { readonly kind: 'already' }
  /** The gateway is up but not reachable just now: nothing new begins, the next attempt is made at once. */
  | { readonly kind: 'reconnect' };

/** `recovering`: coming back by itself; `failed`: given up until the next request (after a stop: the process could not be ended). */
export type Condition = 'stopped' | 'running' | 'recovering' | 'failed';

export interface Situation {
  readonly intent: UserIntent;
  readonly operation: Operation | undefined;
  readonly condition: Condition;
  /** Whether the operation under way waits for something that `force` skips. */
  readonly canBeForced: boolean;
}

function begin({ intent }: Situation, want: UserIntent['want']): Decision {
  return { kind: 'begin', intent: { want, generation: intent.generation + 1 } };
}

function decideStart(situation: Situation): Decision {
  const { intent, operation } = situation;
  if (intent.want === 'down') return begin(situation, 'up');
  if (operation !== undefined) return { kind: 'join', operation };
  switch (situation.condition) {
    case 'running':
      return { kind: 'already' };
    case 'recovering':
      return { kind: 'reconnect' };
    case 'failed':
    case 'stopped':
      return begin(situation, 'up');
    default:
      return situation.condition satisfies never;
  }
}

/** Returns what a user's request means in a situation: no request is refused, dropped, or counted as a crash. */
export function decide(situation: Situation, { kind, force = false }: LifecycleRequest): Decision {
  const { intent, operation, condition, canBeForced } = situation;
  if (force && canBeForced && operation?.kind === kind) return begin(situation, intent.want);
  switch (kind) {
    case 'start':
      return decideStart(situation);
    case 'stop':
      if (intent.want === 'up') return begin(situation, 'down');
      if (operation !== undefined) return { kind: 'join', operation };
      return condition === 'failed' ? begin(situation, 'down') : { kind: 'already' };
    case 'restart':
      if (operation?.kind === 'restart') return { kind: 'join', operation };
      return begin(situation, 'up');
    default:
      return kind satisfies never;
  }
}

export interface ConditionInput {
  readonly intent: UserIntent;
  readonly supervisor: SupervisorState;
  readonly connection: ConnectionState;
  /** A failure found before there was a process or a socket. */
  readonly planProblem: Problem | undefined;
  /** Whether we were attached to a gateway that is gone for good. */
  readonly hasLostAttached: boolean;
}

/** Returns how the gateway is, as far as a request depends on it. */
export function deriveCondition(input: ConditionInput): Condition {
  const { intent, supervisor, connection } = input;
  if (intent.want === 'down') return survivorOf(supervisor) === undefined ? 'stopped' : 'failed';
  if (input.planProblem !== undefined) return 'failed';
  if (connection.name === 'ready' && supervisor.name !== 'terminating') return 'running';
  // Automatic restarts wait out the backoff; a user who asks gets a fresh start at once.
  if (supervisor.name === 'failed' || supervisor.name === 'backoff') return 'failed';
  return input.hasLostAttached ? 'failed' : 'recovering';
}
