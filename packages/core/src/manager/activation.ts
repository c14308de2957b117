import { describeProblem, type LifecycleResult, type Problem } from '@deskclaw/protocol';
import type { GatewayConnection } from '../connection/connection.ts';
import { hasGivenUp } from '../connection/state.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Clock } from '../ports/clock.ts';
import type { TcpPorts } from '../ports/spawner.ts';
import type { LaunchPlan } from '../supervisor/launch-plan.ts';
import type { Supervisor } from '../supervisor/supervisor.ts';
import type { AttachProbe } from './attach-probe.ts';
import type { TargetResult } from './gateway-target.ts';
import type { Operation } from './lifecycle-request.ts';
import type { Operations, Work } from './operations.ts';
import { type ResolvedTarget, resolveTarget } from './resolve-target.ts';
import { toLaunchPlan } from './target.ts';
import { untilReady } from './until-ready.ts';

export interface ActivationPorts {
  readonly clock: Clock;
  readonly ports: TcpPorts;
  readonly supervisor: Supervisor;
  readonly connection: GatewayConnection;
  /** Looked up afresh at every start: the configuration may have changed since the last. */
  readonly prepare: () => Promise<TargetResult>;
  readonly probe: AttachProbe;
  readonly crash: LaunchPlan['crash'];
  /** Something a status is derived from has changed. */
  readonly changed: () => void;
}

/** `force` skips all waiting: for a drain, and for a process to end by itself. */
export interface Forcible {
  readonly force?: boolean;
}

/**
 * Brings a gateway up, and takes it down again: finds out what is to be used and where, then leaves processes to the
 * supervisor and sockets to the connection.
 */
export class Activation {
  readonly #io: ActivationPorts;
  readonly #operations: Operations;
  #aim: ResolvedTarget | undefined;
  #planProblem: Problem | undefined;
  /** The generation for which it is being found out what to start. */
  #planning: number | undefined;
  #wasReady = false;

  constructor(io: ActivationPorts, operations: Operations) {
    this.#io = io;
    this.#operations = operations;
  }

  get aim(): ResolvedTarget | undefined {
    return this.#aim;
  }
  /** A failure found before there was a process or a socket. */
  get planProblem(): Problem | undefined {
    return this.#planProblem;
  }
  /** It is being found out what to start, and where: neither process nor connection has heard of the wish. */
  get isPlanning(): boolean {
    const { running, intent } = this.#operations;
    return running !== undefined && this.#planning === intent.generation;
  }
  get wasReady(): boolean {
    return this.#wasReady;
  }

  /** We are attached, or on our way to it. */
  get isSomebodyElses(): boolean {
    const isAttached = this.#aim?.ownership === 'attached' && this.#io.connection.state.name !== 'closed';
    return isAttached && !this.hasLostAttached;
  }

  /** Somebody else's gateway is gone for good, as far as can be told: whoever asks now may get another, or one of ours. */
  get hasLostAttached(): boolean {
    return this.#aim?.ownership === 'attached' && this.#io.connection.state.name === 'exhausted';
  }

  /** The connection became ready: from now on a loss of it is a loss. */
  noteReady(): void {
    this.#wasReady = true;
  }

  async bringUp(operation: Work, options: Forcible): Promise<LifecycleResult> {
    const { supervisor, connection } = this.#io;
    const { kind } = operation;
    const before = this.#aim;
    const previousPid = supervisor.child?.pid;
    this.#planning = operation.generation;
    this.#planProblem = undefined;
    // What had been given up is not recovering any more: what comes now is a start.
    if (hasGivenUp(connection.state)) this.#wasReady = false;
    // Its slow tries would meet the look at the port.
    if (this.hasLostAttached) connection.suspend('Another start begins.');
    this.#io.changed();
    const prepared = await this.#prepare();
    if (!this.#operations.isCurrent(operation)) throw this.#operations.overtaken();
    // A restart that cannot be planned must not take down what runs or comes up, unless it was on its way down before.
    if (!prepared.ok && 'launch' in supervisor.state && supervisor.requested === 'up') {
      this.#planning = undefined;
      if (kind !== 'start') throw new GatewayError(prepared.problem);
      // What was to come back after a pause began meanwhile: for a start, that will do.
      this.#io.changed();
      return this.hasten(operation);
    }
    this.#wasReady = false;
    if (!prepared.ok) throw this.#unplanned(operation, prepared.problem);
    this.#io.changed();
    // The look at the port must not meet the goodbye to what was there before.
    await connection.whenGone();
    const aim = await resolveTarget(this.#io, prepared.target, before, operation.signal).catch((error: unknown) => {
      throw this.#operations.isCurrent(operation) ? this.#unplanned(operation, this.#problemOf(error)) : error;
    });
    if (!this.#operations.isCurrent(operation)) throw this.#operations.overtaken();
    this.#aim = aim;
    this.#planning = undefined;
    if (aim.ownership === 'attached') await this.#attach(operation);
    else await this.#launch(operation, toLaunchPlan(aim.target, aim.port, this.#io.crash), options);
    await untilReady(this.#io, operation.signal);
    return this.#operations.result('applied', previousPid);
  }

  /** It is coming back already: the next attempt is made at once. */
  async hasten({ signal }: Work): Promise<LifecycleResult> {
    this.#io.connection.reconnectNow();
    // Asked from within a listener, the connection comes to it only once all have heard: until then it has still given up.
    await Promise.resolve();
    await untilReady(this.#io, signal);
    return this.#operations.result('joined');
  }

  async bringDown(operation: Work, options: Forcible): Promise<LifecycleResult> {
    const { supervisor, connection } = this.#io;
    this.#planProblem = undefined;
    this.#wasReady = false;
    const attached = this.#aim?.ownership === 'attached';
    const down = attached
      ? undefined
      : await supervisor.down(operation.generation, options.force === true ? { mode: 'kill' } : {});
    if (!this.#operations.isCurrent(operation)) throw this.#operations.overtaken();
    await connection.disconnect();
    if (!this.#operations.isCurrent(operation)) throw this.#operations.overtaken();
    this.#aim = undefined;
    if (down?.outcome === 'failed') throw new GatewayError(down.problem);
    return this.#operations.result('applied', down?.outcome === 'idle' ? down.previous?.pid : undefined);
  }

  async #attach(operation: Work): Promise<void> {
    const { supervisor, connection } = this.#io;
    // What of ours had failed, or was to be tried again, is not wanted beside it.
    const down = await supervisor.down(operation.generation);
    if (!this.#operations.isCurrent(operation)) throw this.#operations.overtaken();
    if (down.outcome === 'failed') throw this.#unplanned(operation, down.problem);
    connection.connect('steady');
  }

  async #launch({ kind, generation }: Work, plan: LaunchPlan, { force = false }: Forcible): Promise<void> {
    const { supervisor } = this.#io;
    const up =
      kind === 'restart'
        ? await supervisor.restart(plan, generation, force ? { mode: 'kill' } : {})
        : await supervisor.up(plan, generation);
    if (up.outcome === 'superseded') throw this.#operations.overtaken();
    if (up.outcome === 'failed') throw new GatewayError(up.problem);
  }

  /** There is nothing to start: nothing is to be tried again behind the back of whoever is told so, either. */
  #unplanned({ generation }: Operation, problem: Problem): GatewayError {
    this.#planProblem = problem;
    void this.#io.supervisor.down(generation);
    return new GatewayError(problem);
  }

  /** A hook that throws has failed the start, with its reason; it must not leave it without an answer. */
  async #prepare(): Promise<TargetResult> {
    try {
      return await this.#io.prepare();
    } catch (error) {
      return { ok: false, problem: this.#problemOf(error) };
    }
  }

  #problemOf(error: unknown): Problem {
    if (error instanceof GatewayError) return error.problem;
    const detail = `The start could not be planned: ${error instanceof Error ? error.message : String(error)}`;
    return describeProblem('internal', { detail }, this.#io.clock.wallTime());
  }
}
