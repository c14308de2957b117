import type {
  GatewayPhase,
  GatewayState,
  GatewayStatus,
  HealthVerdict,
  LastExit,
  Ownership,
  Problem,
} from '@deskclaw/protocol';
import { type ConnectionState, hasStoppedRetrying, type Session } from '../connection/state.ts';
import { childOf, type Next, type Stage, type SupervisorState, survivorOf } from '../supervisor/state.ts';
import type { Operation, UserIntent } from './lifecycle-request.ts';

/** Everything a status is derived from. `toEpoch` converts monotonic times to epoch milliseconds. */
export interface StatusInput {
  readonly intent: UserIntent;
  readonly operation: Operation | undefined;
  /** Whether the target of a new start is being resolved: earlier failures no longer count. */
  readonly planning: boolean;
  readonly supervisor: SupervisorState;
  /** The last intent given to the supervisor, which may not have processed it yet. */
  readonly supervisorIntent: 'up' | 'down';
  readonly connection: ConnectionState;
  readonly ownership: Ownership;
  readonly health: HealthVerdict;
  /** Whether this generation has been running before. */
  readonly wasReady: boolean;
  /** Whether our gateway restarts in its own process. */
  readonly restartsItself: boolean;
  /** The problem of a gateway that lives but does not answer, while that lasts. */
  readonly silenceProblem: Problem | undefined;
  /** A failure found before there was a process or a socket: no program, no configuration. */
  readonly planProblem: Problem | undefined;
  /** What was found out about a start that takes long. */
  readonly startNote: string | undefined;
  /** Set where the start needs a change to succeed. */
  readonly startProblem: Problem | undefined;
  /** When the silence of the gateway leads to a restart, monotonic; `undefined` if it does not. */
  readonly restartsAt: number | undefined;
  /** Name of the program that was started, or that is attached to. */
  readonly program: string | undefined;
  readonly host: string;
  readonly port: number;
  /** As it is shown, without anything secret. */
  readonly url: string;
  readonly session: Session | undefined;
  readonly restarts: number;
  readonly usualBootMs: number | undefined;
  readonly lastExit: LastExit | undefined;
  readonly latencyMs: GatewayStatus['latencyMs'];
  readonly now: number;
  readonly toEpoch: (monotonic: number) => number;
}

/** The status without `lastFailure` and the times that only `StatusPublisher` knows. */
export type DerivedStatus = Omit<GatewayStatus, 'since' | 'asOf' | 'healthSince' | 'lastFailure'>;

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function terminatingState(input: StatusInput, next: Next): GatewayState {
  if (next.to !== 'recover' && input.operation?.kind === 'restart') return 'stopping';
  return input.wasReady ? 'reconnecting' : 'starting';
}

/**
 * Whether our process works and is only silent. Its connection may have run out of attempts: it is tried again all the same, and
 * the gateway is busy, not lost.
 */
export function isOnlyBusy({
  health,
  supervisor,
  connection,
}: Pick<StatusInput, 'health' | 'supervisor' | 'connection'>): boolean {
  return health === 'busy' && supervisor.name === 'running' && connection.name !== 'paused';
}

function deriveState(input: StatusInput): GatewayState {
  const { intent, operation, supervisor, connection } = input;
  if (intent.want === 'down') {
    // With a process that survived SIGKILL, a requested stop has failed.
    if (survivorOf(supervisor) !== undefined && operation === undefined) return 'error';
    const isIdle = supervisor.name === 'idle' || supervisor.name === 'failed';
    return isIdle && connection.name === 'closed' && operation === undefined ? 'stopped' : 'stopping';
  }
  // The previous process is stopped first.
  if (input.planProblem !== undefined) return supervisor.name === 'terminating' ? 'stopping' : 'error';
  if (supervisor.name === 'failed') return input.planning ? 'starting' : 'error';
  if (supervisor.name === 'terminating') return terminatingState(input, supervisor.next);
  if (supervisor.name === 'running' && input.supervisorIntent === 'down') return 'stopping';
  if (connection.name === 'ready') return 'running';
  if (hasStoppedRetrying(connection) && !isOnlyBusy(input)) return input.planning ? 'starting' : 'error';
  return input.wasReady ? 'reconnecting' : 'starting';
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

/** A gateway that reports it is still starting is reconnected to repeatedly; `warming-up` stands for all of these steps. */
function bootingPhase(isWarming: boolean, connection: ConnectionState): GatewayPhase {
  const isOpening = connection.name === 'connecting' || connection.name === 'handshaking';
  if (isWarming && (isOpening || connection.name === 'waiting')) return 'warming-up';
  return connection.name === 'closed' ? 'waiting-ready' : connectionPhase(connection);
}

function stoppingPhase(stage: Stage): GatewayPhase {
  switch (stage.step) {
    case 'draining':
      return 'drain';
    case 'holding':
      return stage.problem === undefined ? 'terminating' : 'migrating';
    case 'claiming':
      return 'restarting';
    case 'cancelling':
    case 'awaiting-child':
    case 'sigterm-sent':
    case 'reaping':
      return 'terminating';
    default:
      return stage satisfies never;
  }
}

/** Whether there is no connection, while one is still tried for. */
function isDown({ name }: ConnectionState): boolean {
  return name === 'waiting' || name === 'connecting' || name === 'handshaking';
}

function derivePhase(input: StatusInput): GatewayPhase {
  const { supervisor, connection } = input;
  if (input.planProblem !== undefined && supervisor.name !== 'terminating') return 'failed';
  if (input.planning && (supervisor.name === 'failed' || hasStoppedRetrying(connection))) return 'preflight';
  switch (supervisor.name) {
    case 'preflight':
    case 'spawning':
    case 'backoff':
    case 'failed':
      return supervisor.name;
    case 'terminating':
      return stoppingPhase(supervisor.stage);
    case 'booting':
      if (supervisor.critical !== undefined) return 'migrating';
      return bootingPhase(supervisor.warming === true, connection);
    case 'idle':
      return connection.name === 'closed' && input.intent.want === 'up' ? 'preflight' : connectionPhase(connection);
    case 'running':
      return input.restartsItself && isDown(connection) ? 'restarting' : connectionPhase(connection);
    default:
      return supervisor satisfies never;
  }
}

/** What the process does that must not be interrupted, before it is ready. */
function criticalWork(supervisor: SupervisorState): Problem | undefined {
  if (supervisor.name === 'booting') return supervisor.critical;
  const isHeld = supervisor.name === 'terminating' && supervisor.stage.step === 'holding';
  return isHeld ? supervisor.stage.problem : undefined;
}

function deriveProblem(input: StatusInput, state: GatewayState): Problem | undefined {
  const { supervisor, connection } = input;
  const critical = criticalWork(supervisor);
  if (critical !== undefined) return critical;
  if (state === 'stopped' || state === 'stopping') return undefined;
  if (state === 'running') return input.silenceProblem;
  if (input.planProblem !== undefined) return input.planProblem;
  if (input.planning && state === 'starting') return undefined;
  if (supervisor.name === 'failed' || supervisor.name === 'backoff') return supervisor.problem;
  if (connection.name === 'closed' || connection.name === 'ready') return undefined;
  // While a process of ours boots, refused connections are what booting looks like.
  if ('policy' in connection && connection.policy === 'booting') return input.startProblem;
  // A silent gateway explains more than the error of the last connection attempt.
  return hasStoppedRetrying(connection) && !isOnlyBusy(input)
    ? connection.last
    : (input.silenceProblem ?? connection.last);
}

function nextRetry(input: StatusInput): number | undefined {
  const { supervisor, connection } = input;
  if (supervisor.name === 'backoff') return input.toEpoch(supervisor.respawnAt);
  if (connection.name === 'waiting' && connection.policy === 'steady') return input.toEpoch(connection.retryAt);
  const slow = connection.name === 'exhausted' || connection.name === 'paused' ? connection.retryAt : undefined;
  return slow === undefined ? undefined : input.toEpoch(slow);
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

/** A gateway that lives but does not answer is not `down`: it is busy or unresponsive. */
function deriveHealth({ connection, health }: StatusInput, state: GatewayState): HealthVerdict {
  if (connection.name === 'ready') return health;
  if (state === 'starting') return 'unknown';
  return state === 'reconnecting' && (health === 'busy' || health === 'unresponsive') ? health : 'down';
}

/** Only a process of ours that runs is restarted for its silence. */
function watchdogAt({ supervisor, restartsAt, toEpoch }: StatusInput, health: HealthVerdict): number | undefined {
  const isWatched = supervisor.name === 'running' && health === 'unresponsive' && restartsAt !== undefined;
  return isWatched ? toEpoch(restartsAt) : undefined;
}

/** Whether a process of ours is starting, for the first time or again. */
function awaitsBoot({ supervisor }: StatusInput, state: GatewayState): boolean {
  const isBooting = supervisor.name === 'preflight' || supervisor.name === 'spawning' || supervisor.name === 'booting';
  return isBooting && (state === 'starting' || state === 'reconnecting');
}

/** Derives the whole status from its input. Pure, so that tests can compare it with the process table. */
export function deriveStatus(input: StatusInput): DerivedStatus {
  const { connection, session } = input;
  const state = deriveState(input);
  const health = deriveHealth(input, state);
  // Filled key by key: this runs at every event, and a copy for each key that may be missing took most of its time.
  const status: Mutable<DerivedStatus> = {
    state,
    phase: derivePhase(input),
    ownership: input.ownership,
    health,
    generation: input.intent.generation,
    host: input.host,
    port: input.port,
    url: input.url,
    reconnectAttempts: reconnectAttempts(connection),
    restarts: input.restarts,
  };
  const restartsAt = watchdogAt(input, health);
  if (restartsAt !== undefined) status.watchdogAt = restartsAt;
  const pid = childOf(input.supervisor)?.pid;
  if (pid !== undefined) status.pid = pid;
  if (input.program !== undefined) status.program = input.program;
  if (connection.name === 'ready') {
    if (session?.version !== undefined) status.version = session.version;
    if (session?.dialect !== undefined) status.dialect = session.dialect;
    if (session?.protocol !== undefined) status.protocol = session.protocol;
    status.connectedAt = input.toEpoch(connection.since);
    status.uptime = Math.round(input.now - connection.since);
    if (input.latencyMs !== undefined) status.latencyMs = input.latencyMs;
  }
  const retryAt = nextRetry(input);
  if (retryAt !== undefined) status.nextRetryAt = retryAt;
  if (input.usualBootMs !== undefined && awaitsBoot(input, state)) status.usualBootMs = input.usualBootMs;
  const isComing = state === 'starting' || state === 'reconnecting';
  if (isComing && input.startNote !== undefined) status.startNote = input.startNote;
  if (input.lastExit !== undefined) status.lastExit = input.lastExit;
  const problem = deriveProblem(input, state);
  if (problem !== undefined) status.problem = problem;
  return status;
}
