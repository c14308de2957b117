import { describeProblem, type LifecycleResult, type Problem } from '@deskclaw/protocol';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Clock } from '../ports/clock.ts';
import {
  type Condition,
  decide,
  type LifecycleRequest,
  type Operation,
  type OperationKind,
  type UserIntent,
} from './lifecycle-request.ts';

/** The operation under way, as the work that carries it out sees it. */
export interface RunningOperation extends Operation {
  readonly force: boolean;
  /** Aborts as soon as a newer request takes over, with a `Superseded` as its reason. */
  readonly signal: AbortSignal;
}

interface QueuedOperation extends RunningOperation {
  readonly result: Promise<LifecycleResult>;
  /** Aborts the operation and settles its result. The successor ends what the operation started. */
  readonly supersede: (reason: Superseded) => void;
}

/** The reason an operation's signal aborts with; work under way throws it by `signal.throwIfAborted()`. */
export class Superseded extends Error {
  readonly by: UserIntent['want'];
  /** The operation that took over. By the time it matters, that one may have been superseded itself. */
  readonly successor: QueuedOperation;

  constructor(by: UserIntent['want'], successor: QueuedOperation) {
    super('superseded by a newer request');
    this.name = 'Superseded';
    this.by = by;
    this.successor = successor;
  }
}

/** Outcome of an operation. */
export interface Completion {
  readonly outcome: 'applied' | 'joined';
  readonly previousPid?: number | undefined;
  /** What the repair of the configuration did, if the start needed one. */
  readonly repaired?: string | undefined;
}

export interface OperationQueueDeps {
  readonly clock: Clock;
  /** The pid of our gateway process, if there is one. */
  readonly pid: () => number | undefined;
  readonly condition: (intent: UserIntent) => Condition;
  /** Whether the connection has given up, because a token was refused for instance. */
  readonly hasStoppedRetrying: () => boolean;
  /** Whether this operation waits for something that `force` skips. */
  readonly canBeForced: (operation: RunningOperation) => boolean;
  readonly start: (operation: RunningOperation) => Promise<Completion>;
  readonly stop: (operation: RunningOperation) => Promise<Completion>;
  /** Makes the next connection attempt at once, and waits for it. */
  readonly reconnect: (operation: RunningOperation) => Promise<Completion>;
  /** Called when a request becomes an operation, before its work begins. */
  readonly accepted: (operation: Operation) => void;
  /** Called when an operation fails that no newer request has superseded. */
  readonly failed: (problem: Problem) => void;
  /** Called when something a status is derived from has changed. */
  readonly changed: () => void;
}

/**
 * Carries out the user's requests, one operation at a time. Equal requests join the operation under way; a newer request of
 * another kind supersedes it. Every caller gets an answer that is true when it arrives.
 */
export class OperationQueue {
  readonly #deps: OperationQueueDeps;
  #intent: UserIntent = { want: 'down', generation: 0 };
  #current: QueuedOperation | undefined;

  constructor(deps: OperationQueueDeps) {
    this.#deps = deps;
  }

  get intent(): UserIntent {
    return this.#intent;
  }

  get current(): Operation | undefined {
    return this.#current;
  }

  /** @throws GatewayError with the reason of a failure; `aborted` where a stop came first. */
  request(request: LifecycleRequest): Promise<LifecycleResult> {
    const { kind } = request;
    const { start, stop, reconnect } = this.#deps;
    const decision = decide(this.#situation(), request);
    switch (decision.kind) {
      case 'already':
        return Promise.resolve(this.#result({ outcome: 'joined' }));
      case 'join':
        return kind === 'start' ? this.#followForStart('joined') : this.#follow('joined');
      case 'reconnect':
        return this.#begin(request, this.#intent, reconnect);
      case 'begin':
        return this.#begin(request, decision.intent, kind === 'stop' ? stop : start);
      default:
        return decision satisfies never;
    }
  }

  #situation() {
    const operation = this.#current;
    return {
      intent: this.#intent,
      operation,
      condition: this.#deps.condition(this.#intent),
      canBeForced: operation !== undefined && this.#deps.canBeForced(operation),
    };
  }

  #begin(
    { kind, force = false, cause, isInside = false }: LifecycleRequest,
    intent: UserIntent,
    work: (operation: RunningOperation) => Promise<Completion>,
  ): Promise<LifecycleResult> {
    const superseded = this.#current;
    this.#intent = intent;
    const controller = new AbortController();
    const { promise: completion, resolve, reject } = Promise.withResolvers<Completion>();
    const supersede = (reason: Superseded): void => {
      controller.abort(reason);
      reject(reason);
    };
    const result = completion
      .then((completed) => this.#result(completed))
      .catch((error: unknown) => {
        if (error instanceof Superseded) return this.#resultOfSuperseded(kind, error);
        if (error instanceof GatewayError) this.#deps.failed(error.problem);
        throw error;
      })
      .finally(() => {
        if (this.#current === operation) this.#current = undefined;
        this.#deps.changed();
      });
    // The caller sees a failure; the promise itself may have no other listener.
    result.catch(() => undefined);
    const { signal } = controller;
    const { generation } = intent;
    const asked = { kind, generation, force, isInside, ...(cause === undefined ? {} : { cause }) };
    const operation: QueuedOperation = { ...asked, signal, result, supersede };
    this.#current = operation;
    this.#deps.accepted(operation);
    superseded?.supersede(new Superseded(intent.want, operation));
    // Only now: what the work does at once is seen by listeners, and must belong to this operation.
    work(operation).then(resolve, reject);
    this.#deps.changed();
    return result;
  }

  #result({
    outcome,
    previousPid,
    repaired,
  }: Pick<LifecycleResult, 'outcome'> & Pick<Completion, 'previousPid' | 'repaired'>): LifecycleResult {
    const pid = this.#deps.pid();
    return {
      outcome,
      generation: this.#intent.generation,
      ...(pid === undefined ? {} : { pid }),
      ...(previousPid === undefined ? {} : { previousPid }),
      ...(repaired === undefined ? {} : { repaired }),
    };
  }

  /** Resolves a superseded request with the outcome of the request that superseded it. */
  #resultOfSuperseded(kind: OperationKind, { by, successor }: Superseded): Promise<LifecycleResult> {
    if (kind === 'stop')
      return by === 'down'
        ? this.#follow('joined', successor)
        : Promise.resolve(this.#result({ outcome: 'superseded' }));
    if (by === 'up')
      return kind === 'start' ? this.#followForStart('superseded', successor) : this.#follow('superseded', successor);
    const facts = { detail: 'It was stopped before it was running.' };
    throw new GatewayError(describeProblem('aborted', facts, this.#deps.clock.wallTime()));
  }

  async #follow(outcome: 'joined' | 'superseded', leader = this.#current): Promise<LifecycleResult> {
    const result = await (leader?.result ?? this.#result({ outcome }));
    return { ...result, outcome };
  }

  /** A restart that fails may leave a running or recovering gateway alone; for a start, that gateway counts. */
  async #followForStart(outcome: 'joined' | 'superseded', leader = this.#current): Promise<LifecycleResult> {
    try {
      return await this.#follow(outcome, leader);
    } catch (error) {
      const condition = this.#deps.condition(this.#intent);
      // A connection that has given up is an answer: retrying behind it is nothing the user asked for.
      const isUp = this.#intent.want === 'up' && !this.#deps.hasStoppedRetrying();
      if (!isUp || (condition !== 'running' && condition !== 'recovering')) throw error;
      return { ...(await this.request({ kind: 'start' })), outcome };
    }
  }
}
