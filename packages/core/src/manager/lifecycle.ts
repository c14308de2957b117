import { describeProblem, type LifecycleResult, type Problem } from '@deskclaw/protocol';
import type { GatewayConnection } from '../connection/connection.ts';
import { hasGivenUp } from '../connection/state.ts';
import type { Clock } from '../ports/clock.ts';
import type { Ports } from '../ports/spawner.ts';
import { GatewayError } from '../rpc/gateway-error.ts';
import type { LaunchPlan } from '../supervisor/launch-plan.ts';
import { isPatient, survivorOf } from '../supervisor/state.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import { type Aim, takeAim } from './aim.ts';
import type { AttachProbe } from './attach-probe.ts';
import type { Prepared } from './gateway-target.ts';
import { decide, type Intent, type Operation, type OperationKind, type Situation } from './intent.ts';
import { launchPlan } from './target.ts';
import { untilReady } from './until-ready.ts';

export interface LifecyclePorts {
  readonly clock: Clock;
  readonly ports: Ports;
  readonly supervisor: Supervisor;
  readonly connection: GatewayConnection;
  /** Looked up afresh at every start: the configuration may have changed since the last. */
  readonly prepare: () => Promise<Prepared>;
  readonly probe: AttachProbe;
  readonly crash: LaunchPlan['crash'];
  /** A wish was taken up. */
  readonly intended: (operation: Operation) => void;
  /** Something a status is derived from has changed. */
  readonly changed: () => void;
}

/** `force` skips all waiting: for a drain, and for a process to end by itself. */
interface Forcible {
  readonly force?: boolean;
}

interface Running extends Operation {
  readonly force: boolean;
  readonly result: Promise<LifecycleResult>;
  /** Ends the waiting of this operation, and its looking around: what it began is ended by its successor. */
  readonly abandon: (reason: Abandoned) => void;
}

/** A wish, and what tells its work that a newer one overtook it. */
interface Work extends Operation {
  readonly signal: AbortSignal;
}

class Abandoned extends Error {
  readonly by: Intent['want'];
  /** What overtook it: by the time somebody asks, that may have been overtaken itself. */
  readonly successor: Running | undefined;
  constructor(by: Intent['want'], successor: Running | undefined) {
    super('abandoned');
    this.by = by;
    this.successor = successor;
  }
}

/**
 * Serves the user's wishes one at a time: joins equal ones, lets the newest win, and answers each with what became true.
 * Processes are the supervisor's business and sockets the connection's; this decides which of them is to be used.
 */
export class Lifecycle {
  readonly #io: LifecyclePorts;
  #intent: Intent = { want: 'down', generation: 0 };
  #operation: Running | undefined;
  #aim: Aim | undefined;
  #planProblem: Problem | undefined;
  /** The generation for which it is being found out what to start. */
  #planning: number | undefined;
  #wasReady = false;

  constructor(io: LifecyclePorts) {
    this.#io = io;
  }

  get intent(): Intent {
    return this.#intent;
  }
  get operation(): Operation | undefined {
    return this.#operation;
  }
  get aim(): Aim | undefined {
    return this.#aim;
  }
  get planProblem(): Problem | undefined {
    return this.#planProblem;
  }
  /** It is being found out what to start, and where: neither process nor connection has heard of the wish. */
  get isPlanning(): boolean {
    return this.#operation !== undefined && this.#planning === this.#intent.generation;
  }
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** The connection became ready: from now on a loss of it is a loss. */
  noteReady(): void {
    this.#wasReady = true;
  }

  /** @throws GatewayError with the reason it could not be done; `aborted` where a stop came first. */
  request(kind: OperationKind, options: Forcible = {}): Promise<LifecycleResult> {
    if (kind === 'restart' && this.#isSomebodyElses()) {
      const detail = 'Somebody else started this gateway, so it is not restarted from here.';
      return Promise.reject(new GatewayError(this.#problem('gateway.not-owned', { detail })));
    }
    const decision = decide(this.#situation(), kind);
    switch (decision.kind) {
      case 'already':
        return Promise.resolve(this.#result('joined'));
      case 'join':
        if (options.force === true && this.#isGentle(kind)) {
          const intent: Intent = { ...this.#intent, generation: this.#intent.generation + 1 };
          return this.#beginAfresh(kind, intent, options);
        }
        return kind === 'start' ? this.#followUp('joined') : this.#follow('joined');
      case 'hasten':
        return this.#begin(kind, this.#intent, options, (operation) => this.#hasten(operation));
      case 'begin':
        return this.#beginAfresh(kind, decision.intent, options);
      default:
        return decision satisfies never;
    }
  }

  /** The same is under way, but waits for a drain or a grace that somebody who forces it does not grant. */
  #isGentle(kind: OperationKind): boolean {
    if (this.#operation?.kind !== kind) return false;
    const { state } = this.#io.supervisor;
    // However it was asked for: what a forced restart started may be on its own way down by now.
    if (state.name === 'terminating') return isPatient(state.stage);
    return !this.#operation.force && (kind === 'stop' || this.isPlanning);
  }

  #beginAfresh(kind: OperationKind, intent: Intent, options: Forcible): Promise<LifecycleResult> {
    return this.#begin(kind, intent, options, (operation) =>
      kind === 'stop' ? this.#bringDown(operation, options) : this.#bringUp(operation, kind, options),
    );
  }

  #situation(): Situation {
    return { intent: this.#intent, operation: this.#operation, condition: this.#condition() };
  }

  #condition(): Situation['condition'] {
    const { supervisor, connection } = this.#io;
    if (this.#intent.want === 'down') return survivorOf(supervisor.state) === undefined ? 'stopped' : 'failed';
    if (this.#planProblem !== undefined) return 'failed';
    if (connection.state.name === 'ready' && supervisor.state.name !== 'terminating') return 'running';
    // A pause before a respawn is for machines: a person who asks gets a fresh start at once.
    if (supervisor.state.name === 'failed' || supervisor.state.name === 'backoff') return 'failed';
    return this.#hasLostAttached() ? 'failed' : 'recovering';
  }

  /** We are attached, or on our way to it. */
  #isSomebodyElses(): boolean {
    const isAttached = this.#aim?.ownership === 'attached' && this.#io.connection.state.name !== 'closed';
    return isAttached && !this.#hasLostAttached();
  }

  /** Somebody else's gateway is gone for good, as far as can be told: whoever asks now may get another, or one of ours. */
  #hasLostAttached(): boolean {
    return this.#aim?.ownership === 'attached' && this.#io.connection.state.name === 'exhausted';
  }

  #result(outcome: LifecycleResult['outcome'], previousPid?: number): LifecycleResult {
    const pid = this.#io.supervisor.child?.pid;
    return {
      outcome,
      generation: this.#intent.generation,
      ...(pid === undefined ? {} : { pid }),
      ...(previousPid === undefined ? {} : { previousPid }),
    };
  }

  #begin(
    kind: OperationKind,
    intent: Intent,
    { force = false }: Forcible,
    work: (operation: Work) => Promise<LifecycleResult>,
  ): Promise<LifecycleResult> {
    const superseded = this.#operation;
    this.#intent = intent;
    const operation: Operation = { kind, generation: intent.generation };
    const overtaken = new AbortController();
    let abandon: (reason: Abandoned) => void = () => undefined;
    const abandoned = new Promise<never>((_resolve, reject) => {
      abandon = (reason) => {
        overtaken.abort();
        reject(reason);
      };
    });
    let settle: (worked: Promise<LifecycleResult>) => void = () => undefined;
    const worked = new Promise<LifecycleResult>((resolve) => {
      settle = resolve;
    });
    const result = Promise.race([worked, abandoned])
      .catch((error: unknown) => this.#answerAbandoned(kind, error))
      .finally(() => {
        if (this.#operation === running) this.#operation = undefined;
        this.#io.changed();
      });
    const running: Running = { ...operation, force, result, abandon };
    this.#operation = running;
    this.#io.intended(operation);
    superseded?.abandon(new Abandoned(intent.want, running));
    // Whoever asked hears of a failure; the promise itself may have nobody else to hear it.
    result.catch(() => undefined);
    // Only now: what it does at once is seen by listeners, and belongs to it.
    settle(work({ ...operation, signal: overtaken.signal }));
    this.#io.changed();
    return result;
  }

  /** A wish that a newer one overtook: its answer is what the newer one makes of it. */
  #answerAbandoned(kind: OperationKind, error: unknown): Promise<LifecycleResult> {
    if (!(error instanceof Abandoned)) throw error;
    if (kind === 'stop')
      return error.by === 'down'
        ? this.#follow('joined', error.successor)
        : Promise.resolve(this.#result('superseded'));
    if (error.by === 'up') {
      return kind === 'start'
        ? this.#followUp('superseded', error.successor)
        : this.#follow('superseded', error.successor);
    }
    throw new GatewayError(this.#problem('aborted', { detail: 'It was stopped before it was running.' }));
  }

  /** A restart that came to nothing may have left alone what was running, or coming: for a start, that is what counts. */
  async #followUp(outcome: 'joined' | 'superseded', leader = this.#operation): Promise<LifecycleResult> {
    try {
      return await this.#follow(outcome, leader);
    } catch (error) {
      const { intent, condition } = this.#situation();
      // Given up, for a refused token for instance, is an answer; to try again behind it is nobody's wish.
      const isGivenUp = hasGivenUp(this.#io.connection.state);
      const isOn = intent.want === 'up' && !isGivenUp && (condition === 'running' || condition === 'recovering');
      if (!isOn) throw error;
      return { ...(await this.request('start')), outcome };
    }
  }

  async #follow(outcome: 'joined' | 'superseded', leader = this.#operation): Promise<LifecycleResult> {
    const result = await (leader?.result ?? this.#result(outcome));
    return { ...result, outcome };
  }

  #problem(code: 'aborted' | 'gateway.not-owned' | 'internal', facts: { readonly detail: string }): Problem {
    return describeProblem(code, facts, this.#io.clock.wallTime());
  }

  #overtaken(): Abandoned {
    return new Abandoned(this.#intent.want, this.#operation);
  }

  #isCurrent(operation: Operation): boolean {
    return this.#intent.generation === operation.generation;
  }

  async #hasten({ signal }: Work): Promise<LifecycleResult> {
    this.#io.connection.reconnectNow();
    // Asked from within a listener, the connection comes to it only once all have heard: until then it has still given up.
    await Promise.resolve();
    await untilReady(this.#io, signal);
    return this.#result('joined');
  }

  async #bringUp(operation: Work, kind: OperationKind, options: Forcible): Promise<LifecycleResult> {
    const { supervisor, connection } = this.#io;
    const before = this.#aim;
    const previousPid = supervisor.child?.pid;
    this.#planning = operation.generation;
    this.#planProblem = undefined;
    // What had been given up is not recovering any more: what comes now is a start.
    if (hasGivenUp(connection.state)) this.#wasReady = false;
    // Its slow tries would meet the look at the port.
    if (this.#hasLostAttached()) connection.suspend('Another start begins.');
    this.#io.changed();
    const prepared = await this.#prepare();
    if (!this.#isCurrent(operation)) throw this.#overtaken();
    // A restart that cannot be planned must not take down what runs or comes up, unless it was on its way down before.
    if (!prepared.ok && 'launch' in supervisor.state && supervisor.wants === 'up') {
      if (kind !== 'start') throw new GatewayError(prepared.problem);
      // What was to come back after a pause began meanwhile: for a start, that will do.
      this.#planning = undefined;
      this.#io.changed();
      return this.#hasten(operation);
    }
    this.#wasReady = false;
    if (!prepared.ok) throw this.#unplanned(operation, prepared.problem);
    this.#io.changed();
    // The look at the port must not meet the goodbye to what was there before.
    await connection.whenGone();
    const aim = await takeAim(this.#io, prepared.target, before, operation.signal).catch((error: unknown) => {
      const isNews = error instanceof GatewayError && this.#isCurrent(operation);
      throw isNews ? this.#unplanned(operation, error.problem) : error;
    });
    if (!this.#isCurrent(operation)) throw this.#overtaken();
    this.#aim = aim;
    this.#planning = undefined;
    if (aim.ownership === 'attached') {
      // What of ours had failed, or was to be tried again, is not wanted beside it.
      const down = await supervisor.down(operation.generation);
      if (!this.#isCurrent(operation)) throw this.#overtaken();
      if (down.outcome === 'failed') throw this.#unplanned(operation, down.problem);
      connection.connect('steady');
    } else {
      const plan = launchPlan(aim.target, aim.port, this.#io.crash);
      const manner = options.force === true ? { manner: 'kill' as const } : {};
      const up =
        kind === 'restart'
          ? await supervisor.restart(plan, operation.generation, manner)
          : await supervisor.up(plan, operation.generation);
      if (up.outcome === 'superseded') throw this.#overtaken();
      if (up.outcome === 'failed') throw new GatewayError(up.problem);
    }
    await untilReady(this.#io, operation.signal);
    return this.#result('applied', previousPid);
  }

  /** There is nothing to start: nothing is to be tried again behind the back of whoever is told so, either. */
  #unplanned({ generation }: Operation, problem: Problem): GatewayError {
    this.#planProblem = problem;
    void this.#io.supervisor.down(generation);
    return new GatewayError(problem);
  }

  /** A hook that throws has failed the start, with its reason; it must not leave it without an answer. */
  async #prepare(): Promise<Prepared> {
    try {
      return await this.#io.prepare();
    } catch (error) {
      if (error instanceof GatewayError) return { ok: false, problem: error.problem };
      const detail = `The start could not be planned: ${error instanceof Error ? error.message : String(error)}`;
      return { ok: false, problem: this.#problem('internal', { detail }) };
    }
  }

  async #bringDown(operation: Operation, options: Forcible): Promise<LifecycleResult> {
    const { supervisor, connection } = this.#io;
    this.#planProblem = undefined;
    this.#wasReady = false;
    const attached = this.#aim?.ownership === 'attached';
    const down = attached
      ? undefined
      : await supervisor.down(this.#intent.generation, options.force === true ? { manner: 'kill' } : {});
    if (!this.#isCurrent(operation)) throw this.#overtaken();
    await connection.disconnect();
    if (!this.#isCurrent(operation)) throw this.#overtaken();
    this.#aim = undefined;
    if (down?.outcome === 'failed') throw new GatewayError(down.problem);
    return this.#result('applied', down?.outcome === 'idle' ? down.previous?.pid : undefined);
  }
}
