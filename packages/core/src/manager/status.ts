import type {
  GatewayPhase,
  GatewayState,
  GatewayStatus,
  HealthVerdict,
  LastExit,
  Ownership,
  Problem,
} from '@deskclaw/protocol';
import { type ConnectionState, hasGivenUp, type Session } from '../connection/state.ts';
import { childOf, type Next, type SupervisorState, survivorOf } from '../supervisor/state.ts';
import type { Intent, Operation } from './intent.ts';

/** Everything a status is derived from. Monotonic times are turned to epoch by `toWall`. */
export interface StatusFacts {
  readonly intent: Intent;
  readonly operation: Operation | undefined;
  /** It is being found out what to start: what failed before is over. */
  readonly planning: boolean;
  readonly supervisor: SupervisorState;
  /** What the supervisor was told last; it may not have come to it yet. */
  readonly supervisorWants: 'up' | 'down';
  readonly connection: ConnectionState;
  readonly ownership: Ownership;
  readonly health: HealthVerdict;
  /** Whether this generation has been running before. */
  readonly wasReady: boolean;
  /** What to tell of a gateway that lives and does not answer, while it does not. */
  readonly silence: Problem | undefined;
  /** A failure found before there was a process or a socket: no program, no configuration. */
  readonly planProblem: Problem | undefined;
  readonly host: string;
  readonly port: number;
  readonly url: string;
  readonly session: Session | undefined;
  readonly restarts: number;
  readonly usualBootMs: number | undefined;
  readonly lastExit: LastExit | undefined;
  readonly latencyMs: GatewayStatus['latencyMs'];
  readonly now: number;
  readonly toWall: (monotonic: number) => number;
}

/** The part that says what is; `since` is known only to whoever saw the last change. */
export type DerivedStatus = Omit<GatewayStatus, 'since'>;

function terminatingState(facts: StatusFacts, next: Next): GatewayState {
  if (next.to !== 'recover' && facts.operation?.kind === 'restart') return 'stopping';
  return facts.wasReady ? 'reconnecting' : 'starting';
}

function deriveState(facts: StatusFacts): GatewayState {
  const { intent, operation, supervisor, connection } = facts;
  if (intent.want === 'down') {
    // Wished for is not done: what outlived SIGKILL is not stopped.
    if (survivorOf(supervisor) !== undefined && operation === undefined) return 'error';
    const atRest = supervisor.name === 'idle' || supervisor.name === 'failed';
    return atRest && connection.name === 'closed' && operation === undefined ? 'stopped' : 'stopping';
  }
  // What ran before goes first.
  if (facts.planProblem !== undefined) return supervisor.name === 'terminating' ? 'stopping' : 'error';
  if (supervisor.name === 'failed') return facts.planning ? 'starting' : 'error';
  if (supervisor.name === 'terminating') return terminatingState(facts, supervisor.next);
  if (supervisor.name === 'running' && facts.supervisorWants === 'down') return 'stopping';
  if (connection.name === 'ready') return 'running';
  if (hasGivenUp(connection)) return facts.planning ? 'starting' : 'error';
  return facts.wasReady ? 'reconnecting' : 'starting';
}

function connectionPhase(connection: ConnectionState): GatewayPhase {
  switch (connection.name) {
    case 'closed':
      return 'idle';
    case 'waiting':
      return connection.policy === 'booting' ? 'waiting-ready' : 'waiting-retry';
    case 'connecting':
      return connection.policy === 'booting' ? 'waiting-ready' : 'connecting';
    case 'handshaking':
    case 'ready':
    case 'paused':
    case 'exhausted':
      return connection.name;
    default:
      return connection satisfies never;
  }
}

/** One that has said that it is still starting is asked again and again: its word stands for all of these steps. */
function bootingPhase(isWarming: boolean, connection: ConnectionState): GatewayPhase {
  const isOpening = connection.name === 'connecting' || connection.name === 'handshaking';
  if (isWarming && (isOpening || connection.name === 'waiting')) return 'warming-up';
  return connection.name === 'closed' ? 'waiting-ready' : connectionPhase(connection);
}

function derivePhase(facts: StatusFacts): GatewayPhase {
  const { supervisor, connection } = facts;
  if (facts.planProblem !== undefined && supervisor.name !== 'terminating') return 'failed';
  if (facts.planning && (supervisor.name === 'failed' || hasGivenUp(connection))) return 'preflight';
  switch (supervisor.name) {
    case 'preflight':
    case 'spawning':
    case 'backoff':
    case 'failed':
      return supervisor.name;
    case 'terminating':
      return supervisor.stage.step === 'draining' ? 'drain' : 'terminating';
    case 'booting':
      return bootingPhase(supervisor.warming === true, connection);
    case 'idle':
      return connection.name === 'closed' && facts.intent.want === 'up' ? 'preflight' : connectionPhase(connection);
    case 'running':
      return connectionPhase(connection);
    default:
      return supervisor satisfies never;
  }
}

function deriveProblem(facts: StatusFacts, state: GatewayState): Problem | undefined {
  const { supervisor, connection } = facts;
  if (state === 'stopped' || state === 'stopping') return undefined;
  if (state === 'running') return facts.silence;
  if (facts.planProblem !== undefined) return facts.planProblem;
  if (facts.planning && state === 'starting') return undefined;
  if (supervisor.name === 'failed' || supervisor.name === 'backoff') return supervisor.problem;
  if (connection.name === 'closed' || connection.name === 'ready') return undefined;
  // While a process of ours boots, refused connections are what booting looks like.
  if ('policy' in connection && connection.policy === 'booting') return undefined;
  // That the gateway is silent says more than how the last try to reach it ended.
  return hasGivenUp(connection) ? connection.last : (facts.silence ?? connection.last);
}

function nextRetry(facts: StatusFacts): number | undefined {
  const { supervisor, connection } = facts;
  if (supervisor.name === 'backoff') return facts.toWall(supervisor.respawnAt);
  if (connection.name === 'waiting' && connection.policy === 'steady') return facts.toWall(connection.retryAt);
  const slow = connection.name === 'exhausted' || connection.name === 'paused' ? connection.retryAt : undefined;
  return slow === undefined ? undefined : facts.toWall(slow);
}

function reconnectAttempts(connection: ConnectionState): number {
  switch (connection.name) {
    case 'connecting':
    case 'handshaking':
    case 'waiting':
    case 'exhausted':
      return connection.attempt;
    case 'closed':
    case 'ready':
    case 'paused':
      return 0;
    default:
      return connection satisfies never;
  }
}

/** A gateway that lives and does not answer is not down: it is busy, or nobody knows. */
function deriveHealth({ connection, health }: StatusFacts, state: GatewayState): HealthVerdict {
  if (connection.name === 'ready') return health;
  if (state === 'starting') return 'unknown';
  return state === 'reconnecting' && (health === 'busy' || health === 'unresponsive') ? health : 'down';
}

/** Where a process of ours is on its way up, for the first time or again. */
function awaitsBoot({ supervisor }: StatusFacts, state: GatewayState): boolean {
  const rising = supervisor.name === 'preflight' || supervisor.name === 'spawning' || supervisor.name === 'booting';
  return rising && (state === 'starting' || state === 'reconnecting');
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  if (value === undefined) return {};
  const entry: Partial<Record<K, V>> = {};
  entry[key] = value;
  return entry;
}

/** The whole truth in one object, from what is known: a pure function, so that it can be held against the process table. */
export function deriveStatus(facts: StatusFacts): DerivedStatus {
  const { connection, session } = facts;
  const state = deriveState(facts);
  const connected = connection.name === 'ready';
  return {
    state,
    phase: derivePhase(facts),
    ownership: facts.ownership,
    health: deriveHealth(facts, state),
    generation: facts.intent.generation,
    host: facts.host,
    port: facts.port,
    url: facts.url,
    ...optional('pid', childOf(facts.supervisor)?.pid),
    ...optional('version', connected ? session?.version : undefined),
    ...optional('dialect', connected ? session?.dialect : undefined),
    ...optional('protocol', connected ? session?.protocol : undefined),
    ...(connected
      ? { connectedAt: facts.toWall(connection.since), uptime: Math.round(facts.now - connection.since) }
      : {}),
    reconnectAttempts: reconnectAttempts(connection),
    ...optional('nextRetryAt', nextRetry(facts)),
    restarts: facts.restarts,
    ...optional('usualBootMs', awaitsBoot(facts, state) ? facts.usualBootMs : undefined),
    ...optional('lastExit', facts.lastExit),
    ...optional('latencyMs', connected ? facts.latencyMs : undefined),
    ...optional('problem', deriveProblem(facts, state)),
  };
}
