import { describeProblem, type LastOutput, type ListeningAddress, type Problem } from '@deskclaw/protocol';
import { Emitter } from '../events/emitter.ts';
import type { Cancel } from '../ports/clock.ts';
import { SleepDetector } from '../ports/sleep-detector.ts';
import type { OpenConnection } from '../ports/sockets.ts';
import type { ProcessIdentity, ProcessInfo } from '../ports/spawner.ts';
import type { OutputLine } from '../process/line-level.ts';
import { findIfPossible, type OwnershipRecord, sameProcess } from '../process/ownership.ts';
import { BootTimes } from './boot-times.ts';
import type { SupervisorEvent, SupervisorEventMap } from './event.ts';
import { SupervisorHistory } from './history.ts';
import { defaultPolicy, type LaunchPlan, policyOf, type SupervisorPolicy } from './launch-plan.ts';
import { LaunchRegistry } from './launch-registry.ts';
import { type DownResult, downResult, type UpResult, upResult } from './outcome.ts';
import type { HandedOverProcess } from './ownership-records.ts';
import { OwnershipRecords } from './ownership-records.ts';
import type { SupervisorPorts } from './ports.ts';
import { reduce } from './reducer.ts';
import {
  childOf,
  deadlineOf,
  type ExitRecord,
  initialModel,
  type StartFound,
  type StopMode,
  type SupervisorModel,
  type SupervisorState,
} from './state.ts';
import type { SupervisorEffect } from './transitions.ts';

/** How long SIGTERM waits for a goodbye at most: an answer on this machine takes a few ms. */
const MAX_GOODBYE_MS = 250;

/** An event in line; an intent brings its plan, and what tells whether it has been answered. */
interface QueuedEvent {
  readonly event: SupervisorEvent;
  readonly plan?: LaunchPlan;
  readonly settled?: () => boolean;
}

/** Keeps one gateway process in the state the user wants: feeds events to the reducer and carries out its effects. */
export class Supervisor {
  readonly #ports: SupervisorPorts;
  readonly #records: OwnershipRecords;
  readonly #emitter: Emitter<SupervisorEventMap>;
  readonly #history = new SupervisorHistory();
  readonly #bootTimes: BootTimes;
  readonly #launches: LaunchRegistry;
  readonly #queue: QueuedEvent[] = [];
  readonly #waiting = new Set<() => boolean>();
  #model: SupervisorModel;
  #plan: LaunchPlan | undefined;
  #timer: { readonly at: number; readonly cancel: Cancel } | undefined;
  #beforeSigterm: (() => Promise<void>) | undefined;
  /** Ends the wait before a SIGTERM. */
  #endGoodbye: (() => void) | undefined;
  #dispatching = false;
  /** Set by `handOver`; all later events are ignored. */
  #isHandedOver = false;

  constructor(platform: SupervisorPorts) {
    const clock = new SleepDetector(platform.clock, () => this.#dispatch({ type: 'woke' }));
    const ports = { ...platform, clock };
    this.#ports = ports;
    this.#records = new OwnershipRecords(ports);
    this.#bootTimes = new BootTimes(ports.bootTimes, ports.logger);
    this.#launches = new LaunchRegistry(ports, this.#records, {
      report: (event) => this.#dispatch(event),
      line: (line) => {
        this.#history.addLine(line);
        this.#emitter.emit('line', line);
      },
    });
    this.#model = { ...initialModel, state: { name: 'idle', since: ports.clock.now() } };
    this.#emitter = new Emitter((error, event) => {
      const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
      ports.logger.log('error', `A listener for "${String(event)}" failed: ${message}`);
    });
  }

  /** Starts the gateway, or joins a start under way. Resolves when it is ready, failed, or was superseded. */
  up(plan: LaunchPlan, generation: number): Promise<UpResult> {
    return this.#requestUp(plan, { type: 'up', generation });
  }

  /** Stops the gateway, proves that it is gone, and starts a new process. */
  restart(plan: LaunchPlan, generation: number, options: { readonly mode?: StopMode } = {}): Promise<UpResult> {
    return this.#requestUp(plan, { type: 'restart', generation, mode: options.mode ?? 'drain' });
  }

  /** Resolves when every process of the tree is gone and its port is free. */
  down(generation: number, options: { readonly mode?: StopMode } = {}): Promise<DownResult> {
    const previous = this.child;
    const event: SupervisorEvent = { type: 'down', generation, mode: options.mode ?? 'drain' };
    return this.#whenSettled({ event }, () => downResult(this.#model, previous));
  }

  /**
   * Leaves the running process to the next supervisor; this one does nothing any more, except to tell its lines until its
   * pipes are released. `undefined`: none runs that could be left, and nothing has changed.
   */
  handOver(): HandedOverProcess | undefined {
    const { state } = this.#model;
    const launch = state.name === 'running' ? this.#launches.get(state.launch) : undefined;
    if (this.#isHandedOver || launch === undefined) return undefined;
    this.#isHandedOver = true;
    this.#timer?.cancel();
    return launch.handOver();
  }

  /** Reports that the gateway accepted a connection: the launch is ready. */
  reportReady(launch: number): void {
    this.#dispatch({ type: 'ready', launch });
  }

  /** Reports that the gateway is still starting: extends the start deadline. */
  reportProgress(launch: number): void {
    this.#dispatch({ type: 'progress', launch });
  }

  /** Reports why an attempt to connect failed; shown if the start times out. */
  reportConnectError(launch: number, text: string): void {
    this.#dispatch({ type: 'connect-error', launch, text });
  }

  /** Reports what was found out about a start that takes long; it explains a start that times out. */
  reportStartFinding(launch: number, found: StartFound): void {
    this.#dispatch({ type: 'start-finding', launch, found });
  }

  /**
   * Resolves with why the process on the port of a launch must not receive a secret; see `checkPortOwner`. For a foreign process, the
   * launch has lost its port and is over.
   */
  async verifyPortOwner(launch: number, connection: OpenConnection): Promise<Problem | undefined> {
    const running = this.#launches.get(launch);
    const { child } = this;
    const closed = (detail: string) => describeProblem('connection.closed', { detail }, this.#ports.clock.wallTime());
    if (running === undefined || child === undefined) return closed('The process of the gateway has ended.');
    const problem = await running.verifyPortOwner(child, connection);
    if (problem === undefined) return undefined;
    // Nothing is told about the other end of a connection that has closed, which proves nothing against it.
    if (!connection.isOpen()) return closed('The connection closed before its other end was known.');
    this.#dispatch({ type: 'port-lost', launch, problem });
    return problem;
  }

  /** Reports that the gateway announced its shutdown. `restart`: it is to come back by itself. */
  reportShutdown(launch: number, restart: boolean): void {
    this.#dispatch({ type: 'shutdown-announced', launch, restart });
  }

  reportDrained(launch: number): void {
    this.#dispatch({ type: 'drained', launch });
  }

  /** Stops a process that lives but does not answer, and recovers within the crash budget. */
  restartUnresponsive(launch: number, detail: string): void {
    this.#dispatch({ type: 'unresponsive', launch, detail });
  }

  get state(): SupervisorState {
    return this.#model.state;
  }

  get generation(): number {
    return this.#model.intent.generation;
  }

  /** The newest request, including one that is still queued because a listener made it. */
  get requested(): 'up' | 'down' {
    const last = this.#queue.findLast(({ settled }) => settled !== undefined);
    if (last === undefined) return this.#model.intent.want;
    return last.event.type === 'down' ? 'down' : 'up';
  }

  get child(): ProcessIdentity | undefined {
    return childOf(this.#model.state);
  }

  get restarts(): number {
    return this.#model.restarts;
  }

  /** Oldest first; the last 20. */
  get exits(): readonly ExitRecord[] {
    return this.#history.exits;
  }

  get lastExit(): ExitRecord | undefined {
    return this.#history.lastExit;
  }

  /** When the last exit was reported, monotonic ms. */
  get lastExitAt(): number | undefined {
    return this.#history.lastExitAt;
  }

  /** Median time to ready of the last 10 starts of the command, ms; `undefined` until one is known. */
  get usualBootMs(): number | undefined {
    return this.#plan === undefined ? undefined : this.#bootTimes.usual(this.#plan);
  }

  /** The last output lines (2000 at most), kept over restarts; oldest first. */
  lines(limit?: number): readonly OutputLine[] {
    return this.#history.lines(limit);
  }

  /** CPU time and memory of the main process. `undefined`: there is none, or it cannot be read now. */
  usage(): Pick<ProcessInfo, 'cpuMs' | 'rssBytes'> | undefined {
    const { child } = this;
    const info = child === undefined ? undefined : findIfPossible(child.pid, this.#ports.processes);
    return child !== undefined && sameProcess(child, info) ? info : undefined;
  }

  /** CPU time of the main process so far, ms; tells whether a silent gateway works or hangs. `undefined`: not to be read now. */
  cpuMs(): number | undefined {
    return this.usage()?.cpuMs;
  }

  /** Where the processes of the gateway listen, lowest port first. */
  async listens(): Promise<readonly ListeningAddress[]> {
    const { state } = this.#model;
    const launch = 'launch' in state ? this.#launches.get(state.launch) : undefined;
    return launch === undefined || this.child === undefined ? [] : launch.listens(this.child);
  }

  /** What the repair before the launch of this process did; `undefined` without one. */
  get repaired(): string | undefined {
    const { state } = this.#model;
    return 'launch' in state ? this.#launches.get(state.launch)?.repaired : undefined;
  }

  /** The last meaningful output of the gateway's process. */
  get lastOutput(): LastOutput | undefined {
    const { state } = this.#model;
    return 'launch' in state ? this.#launches.get(state.launch)?.lastOutput : undefined;
  }

  /** The last error that the gateway's process printed, if it is among its newest lines. */
  get lastError(): string | undefined {
    const { state } = this.#model;
    return 'launch' in state ? this.#launches.get(state.launch)?.lastError : undefined;
  }

  /** Whether a process runs inside our gateway: as its descendant, or marked as started by it. */
  owns(pid: number): boolean {
    const { state } = this.#model;
    const { child } = this;
    const launch = 'launch' in state ? this.#launches.get(state.launch) : undefined;
    return child !== undefined && launch?.owns(child, pid) === true;
  }

  /** Returns a living gateway of an earlier host; `up` adopts it. */
  findOwned(): Promise<OwnershipRecord | undefined> {
    return this.#records.findOwned();
  }

  on<N extends keyof SupervisorEventMap>(name: N, listener: (payload: SupervisorEventMap[N]) => void): () => void {
    return this.#emitter.on(name, listener);
  }

  /** Sets what SIGTERM waits for, for half of `stop.graceMs` and 250 ms at most. */
  beforeSigterm(hook: () => Promise<void>): void {
    this.#beforeSigterm = hook;
  }

  #requestUp(plan: LaunchPlan, event: Extract<SupervisorEvent, { type: 'up' | 'restart' }>): Promise<UpResult> {
    const previous = this.child;
    return this.#whenSettled({ event, plan }, () => upResult(this.#model, previous));
  }

  /** Resolves as soon as the state after this request, or after a later event, holds the answer. */
  #whenSettled<R>(intent: QueuedEvent, result: () => R | undefined): Promise<R> {
    return new Promise((resolve) => {
      const settled = () => {
        const value = result();
        if (value !== undefined) resolve(value);
        return value !== undefined;
      };
      this.#enqueue({ ...intent, settled });
    });
  }

  /** What concerns the end of the running process comes from its own launch, the rest from the newest plan. */
  #policy(): SupervisorPolicy {
    const policy = this.#plan === undefined ? defaultPolicy : policyOf(this.#plan);
    const { state } = this.#model;
    const activePlan = 'launch' in state ? this.#launches.get(state.launch)?.plan : undefined;
    if (activePlan === undefined) return policy;
    const { stop, claimsRestarts, guardsCriticalWork } = policyOf(activePlan);
    return { ...policy, stop, claimsRestarts, guardsCriticalWork };
  }

  #dispatch(event: SupervisorEvent): void {
    this.#enqueue({ event });
  }

  /** Handles one event after another, including those that effects and listeners raise meanwhile. */
  #enqueue(queued: QueuedEvent): void {
    if (this.#isHandedOver) return;
    this.#queue.push(queued);
    if (this.#dispatching) return;
    this.#dispatching = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#step(next);
    } finally {
      this.#dispatching = false;
    }
  }

  #step({ event, plan, settled }: QueuedEvent): void {
    if (plan !== undefined && 'generation' in event && event.generation > this.generation) this.#plan = plan;
    const { clock, random } = this.#ports;
    const time = { at: clock.now(), wallTime: clock.wallTime(), random: random.next() };
    const from = this.#model.state;
    this.#ports.observe?.(from, event);
    const [before, policy] = [this.#model, this.#policy()];
    const { next, effects } = reduce(before, event, time, policy);
    this.#ports.record?.({ before, event, time, policy, after: next, effects });
    this.#model = next;
    const to = next.state;
    this.#setTimer(time.at);
    if (!awaitsSigterm(to)) {
      this.#endGoodbye?.();
      this.#endGoodbye = undefined;
    }
    this.#announce(event, from, to, time.at);
    this.#launches.forgetFinished(event, to);
    for (const effect of effects) this.#carryOut(effect);
    if (settled !== undefined) this.#waiting.add(settled);
    for (const waiting of [...this.#waiting]) if (waiting()) this.#waiting.delete(waiting);
  }

  #setTimer(now: number): void {
    const at = deadlineOf(this.#model.state);
    if (at === this.#timer?.at) return;
    this.#timer?.cancel();
    this.#timer = undefined;
    if (at === undefined) return;
    const due = () => {
      // Noticing that it came too late may have set another in its place.
      if (this.#timer === timer) this.#timer = undefined;
      this.#dispatch({ type: 'deadline', deadline: at });
    };
    const timer = { at, cancel: this.#ports.clock.schedule(Math.max(0, at - now), due, { keepAlive: true }) };
    this.#timer = timer;
  }

  #announce(event: SupervisorEvent, from: SupervisorState, to: SupervisorState, at: number): void {
    if (event.type === 'gone') {
      this.#history.addExit(event.exit, at);
      this.#emitter.emit('exit', event.exit);
    }
    if (event.type === 'restart-claimed' && from !== to) {
      this.#emitter.emit('restart-claimed', { launch: event.launch, claim: event.claim });
    }
    if (from === to) return;
    if (to.name === 'running' && from.name !== 'running') {
      const launch = this.#launches.get(to.launch);
      launch?.becameReady();
      if (launch !== undefined && !to.adopted) this.#bootTimes.add(launch.plan, to.bootMs);
    }
    this.#emitter.emit('transition', { from, to, cause: event.type });
    if (to.name === 'booting' && (event.type === 'spawned' || event.type === 'adopted')) {
      const { launch, child } = event;
      this.#emitter.emit(event.type, { launch, child, generation: this.generation });
    }
  }

  #carryOut(effect: SupervisorEffect): void {
    switch (effect.type) {
      case 'preflight':
        if (this.#plan !== undefined) {
          void this.#bootTimes.load();
          this.#launches.begin(effect, this.#plan, this.generation, this.lastExit);
        }
        return;
      case 'drain':
        if (this.#emitter.hasListeners('drain')) {
          this.#emitter.emit('drain', { launch: effect.launch, limitMs: effect.limitMs });
        } else {
          this.#dispatch({ type: 'drained', launch: effect.launch });
        }
        return;
      case 'terminate':
        if (this.#beforeSigterm === undefined) this.#launches.carryOut(effect);
        else void this.#sayGoodbye(this.#beforeSigterm, effect);
        return;
      default:
        this.#launches.carryOut(effect);
    }
  }

  /** Sends SIGTERM when `hook` is done or its time is over, if that is still what the stop waits for. Never rejects. */
  async #sayGoodbye(
    hook: () => Promise<void>,
    effect: Extract<SupervisorEffect, { readonly type: 'terminate' }>,
  ): Promise<void> {
    const { promise: overdue, resolve } = Promise.withResolvers<void>();
    const limitMs = Math.min(MAX_GOODBYE_MS, this.#policy().stop.graceMs / 2);
    const cancel = this.#ports.clock.schedule(limitMs, resolve, { keepAlive: true });
    this.#endGoodbye = () => {
      cancel();
      resolve();
    };
    await Promise.race([hook().catch(() => undefined), overdue]);
    cancel();
    if (awaitsSigterm(this.#model.state, effect.launch)) this.#launches.carryOut(effect);
  }
}

/** Whether a stop is at the stage of SIGTERM; of this launch, if one is named. */
function awaitsSigterm(state: SupervisorState, launch?: number): boolean {
  return (
    state.name === 'terminating' &&
    state.stage.step === 'sigterm-sent' &&
    (launch === undefined || state.launch === launch)
  );
}
