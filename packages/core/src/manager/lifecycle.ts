import { describeProblem, type LifecycleResult, type Problem } from '@deskclaw/protocol';
import { hasGivenUp } from '../connection/state.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import { canBeForced, survivorOf } from '../supervisor/state.ts';
import { Activation, type ActivationPorts, type Forcible } from './activation.ts';
import { decide, type Operation, type OperationKind, type Situation, type UserIntent } from './lifecycle-request.ts';
import { type Abandoned, Operations, type Work } from './operations.ts';
import type { ResolvedTarget } from './resolve-target.ts';

export interface LifecyclePorts extends ActivationPorts {
  /** A wish was taken up. */
  readonly intended: (operation: Operation) => void;
}

/** Serves the user's wishes: joins equal ones, lets the newest win, and answers each with what became true. */
export class Lifecycle {
  readonly #io: LifecyclePorts;
  readonly #operations: Operations;
  readonly #activation: Activation;

  constructor(io: LifecyclePorts) {
    this.#io = io;
    const { intended, changed, supervisor } = io;
    this.#operations = new Operations({ pid: () => supervisor.child?.pid, intended, changed });
    this.#activation = new Activation(io, this.#operations);
  }

  get intent(): UserIntent {
    return this.#operations.intent;
  }
  get operation(): Operation | undefined {
    return this.#operations.running;
  }
  get aim(): ResolvedTarget | undefined {
    return this.#activation.aim;
  }
  get planProblem(): Problem | undefined {
    return this.#activation.planProblem;
  }
  get isPlanning(): boolean {
    return this.#activation.isPlanning;
  }
  get wasReady(): boolean {
    return this.#activation.wasReady;
  }

  noteReady(): void {
    this.#activation.noteReady();
  }

  /** @throws GatewayError with the reason it could not be done; `aborted` where a stop came first. */
  request(kind: OperationKind, options: Forcible = {}): Promise<LifecycleResult> {
    if (kind === 'restart' && this.#activation.isSomebodyElses) {
      const detail = 'Somebody else started this gateway, so it is not restarted from here.';
      return Promise.reject(new GatewayError(this.#problem('gateway.not-owned', { detail })));
    }
    const decision = decide(this.#situation(), kind);
    switch (decision.kind) {
      case 'already':
        return Promise.resolve(this.#operations.result('joined'));
      case 'join':
        if (options.force === true && this.#isGentle(kind)) {
          const intent: UserIntent = { ...this.intent, generation: this.intent.generation + 1 };
          return this.#beginAfresh(kind, intent, options);
        }
        return kind === 'start' ? this.#followUp('joined') : this.#operations.follow('joined');
      case 'reconnect':
        return this.#begin(kind, this.intent, options, (operation) => this.#activation.hasten(operation));
      case 'begin':
        return this.#beginAfresh(kind, decision.intent, options);
      default:
        return decision satisfies never;
    }
  }

  /** The same is under way, but waits for a drain or a grace that somebody who forces it does not grant. */
  #isGentle(kind: OperationKind): boolean {
    const { running } = this.#operations;
    if (running?.kind !== kind) return false;
    const { state } = this.#io.supervisor;
    // However it was asked for: what a forced restart started may be on its own way down by now.
    if (state.name === 'terminating') return canBeForced(state.stage);
    return !running.force && (kind === 'stop' || this.isPlanning);
  }

  #beginAfresh(kind: OperationKind, intent: UserIntent, options: Forcible): Promise<LifecycleResult> {
    return this.#begin(kind, intent, options, (operation) =>
      kind === 'stop' ? this.#activation.bringDown(operation, options) : this.#activation.bringUp(operation, options),
    );
  }

  #begin(
    kind: OperationKind,
    intent: UserIntent,
    { force = false }: Forcible,
    work: (operation: Work) => Promise<LifecycleResult>,
  ): Promise<LifecycleResult> {
    return this.#operations.begin({ kind, intent, force }, work, (abandoned) => this.#answerAbandoned(kind, abandoned));
  }

  #situation(): Situation {
    return { intent: this.intent, operation: this.operation, condition: this.#condition() };
  }

  #condition(): Situation['condition'] {
    const { supervisor, connection } = this.#io;
    if (this.intent.want === 'down') return survivorOf(supervisor.state) === undefined ? 'stopped' : 'failed';
    if (this.planProblem !== undefined) return 'failed';
    if (connection.state.name === 'ready' && supervisor.state.name !== 'terminating') return 'running';
    // A pause before a respawn is for machines: a person who asks gets a fresh start at once.
    if (supervisor.state.name === 'failed' || supervisor.state.name === 'backoff') return 'failed';
    return this.#activation.hasLostAttached ? 'failed' : 'recovering';
  }

  /** A wish that a newer one overtook: its answer is what the newer one makes of it. */
  #answerAbandoned(kind: OperationKind, { by, successor }: Abandoned): Promise<LifecycleResult> {
    const operations = this.#operations;
    if (kind === 'stop')
      return by === 'down' ? operations.follow('joined', successor) : Promise.resolve(operations.result('superseded'));
    if (by === 'up')
      return kind === 'start' ? this.#followUp('superseded', successor) : operations.follow('superseded', successor);
    throw new GatewayError(this.#problem('aborted', { detail: 'It was stopped before it was running.' }));
  }

  /** A restart that came to nothing may have left alone what was running, or coming: for a start, that is what counts. */
  async #followUp(outcome: 'joined' | 'superseded', leader = this.#operations.running): Promise<LifecycleResult> {
    try {
      return await this.#operations.follow(outcome, leader);
    } catch (error) {
      const { intent, condition } = this.#situation();
      // Given up, for a refused token for instance, is an answer; to try again behind it is nobody's wish.
      const isGivenUp = hasGivenUp(this.#io.connection.state);
      const isOn = intent.want === 'up' && !isGivenUp && (condition === 'running' || condition === 'recovering');
      if (!isOn) throw error;
      return { ...(await this.request('start')), outcome };
    }
  }

  #problem(code: 'aborted' | 'gateway.not-owned', facts: { readonly detail: string }): Problem {
    return describeProblem(code, facts, this.#io.clock.wallTime());
  }
}
