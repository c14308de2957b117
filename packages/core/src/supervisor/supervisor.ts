import type { Cancel } from '../ports/clock.ts';
import type { ProcessIdentity } from '../ports/spawner.ts';
import { StandstillWatch } from '../ports/standstill-watch.ts';
import type { OutputLine } from '../process/output-line.ts';
import { type OwnershipRecord, sameProcess } from '../process/ownership.ts';
import { BootTimes, usualBoot } from './boot-times.ts';
import type { SupervisorEffect } from './effect.ts';
import type { SupervisorEvent } from './event.ts';
import type { LeftProcess } from './hand-over.ts';
import { History } from './history.ts';
import { type LaunchPlan, policyOf } from './launch-plan.ts';
import { Launches } from './launches.ts';
import { type DownResult, downResult, type UpResult, upResult } from './outcome.ts';
import { OwnershipRecords } from './ownership-records.ts';
import { defaultPolicy, type SupervisorPolicy } from './policy.ts';
import type { SupervisorPorts } from './ports.ts';
import { reduce } from './reducer.ts';
import { type SignalName, Signals, type SupervisorSignals } from './signals.ts';
import {
  childOf,
  deadlineOf,
  type Exit,
  initial,
  type Manner,
  type Supervision,
  type SupervisorState,
} from './state.ts';

/** An event in line; an intent brings its plan, and what tells whether it has been answered. */
interface Queued {
  readonly event: SupervisorEvent;
  readonly plan?: LaunchPlan;
  readonly settled?: () => boolean;
}

/** Keeps one gateway process as the user wants it: gives the reducer its events and carries out what it decides. */
export class Supervisor {
  readonly #ports: SupervisorPorts;
  readonly #records: OwnershipRecords;
  readonly #signals: Signals;
  readonly #history = new History();
  readonly #boots: BootTimes;
  readonly #launches: Launches;
  readonly #queue: Queued[] = [];
  readonly #waiting = new Set<() => boolean>();
  #supervision: Supervision;
  #plan: LaunchPlan | undefined;
  #timer: Cancel | undefined;
  #dispatching = false;
  /** Nothing that happens from then on is our business. */
  #left = false;

  constructor(outside: SupervisorPorts) {
    const clock = new StandstillWatch(outside.clock, () => this.#dispatch({ type: 'woke' }));
    const ports = { ...outside, clock };
    this.#ports = ports;
    this.#records = new OwnershipRecords(ports);
    this.#boots = new BootTimes(ports.boots, ports.logger);
    this.#launches = new Launches(ports, this.#records, {
      report: (event) => this.#dispatch(event),
      line: (line) => {
        this.#history.noteLine(line);
        this.#signals.emit('line', line);
      },
    });
    this.#supervision = { ...initial, state: { name: 'idle', since: ports.clock.now() } };
    this.#signals = new Signals((name, error) => {
      const words = error instanceof Error ? (error.stack ?? error.message) : String(error);
      ports.logger.log('error', `A listener for "${name}" failed: ${words}`);
    });
  }

  /** Brings it up, or joins in if it is coming. Resolves when it is ready, has failed, or is no longer wanted. */
  up(plan: LaunchPlan, generation: number): Promise<UpResult> {
    return this.#intend(plan, { type: 'up', generation });
  }

  /** Ends what is there, proves it gone, and brings up a new one. */
  restart(plan: LaunchPlan, generation: number, options: { readonly manner?: Manner } = {}): Promise<UpResult> {
    return this.#intend(plan, { type: 'restart', generation, manner: options.manner ?? 'drain' });
  }

  /** Resolves when every process of the tree is gone and its port is free. */
  down(generation: number, options: { readonly manner?: Manner } = {}): Promise<DownResult> {
    const previous = this.child;
    const event: SupervisorEvent = { type: 'down', generation, manner: options.manner ?? 'drain' };
    return this.#answered({ event }, () => downResult(this.#supervision, previous));
  }

  /**
   * Leaves the running process to the next supervisor; this one does nothing any more, except to tell its lines until its
   * pipes are released. `undefined`: none runs that could be left, and nothing has changed.
   */
  leave(): LeftProcess | undefined {
    const { state } = this.#supervision;
    const launch = state.name === 'running' ? this.#launches.get(state.launch) : undefined;
    if (this.#left || launch === undefined) return undefined;
    this.#left = true;
    this.#timer?.();
    return launch.leave();
  }

  /** The gateway accepts us: the launch is done booting. */
  reportReady(launch: number): void {
    this.#dispatch({ type: 'ready', launch });
  }

  /** The gateway says itself that it is still starting: its deadline moves out. */
  reportProgress(launch: number): void {
    this.#dispatch({ type: 'progress', launch });
  }

  /** What the last try to reach it met; told if the start times out. */
  reportTrouble(launch: number, text: string): void {
    this.#dispatch({ type: 'trouble', launch, text });
  }

  /**
   * Whether what answers on the port of a launch may be told a secret; see `portStranger`. Where it is somebody else, the
   * launch has lost its port and is over.
   */
  async admits(launch: number, localPort: number | undefined): Promise<boolean> {
    const hands = this.#launches.get(launch);
    const { child } = this;
    if (hands === undefined || child === undefined) return false;
    const problem = await hands.stranger(child, localPort);
    if (problem !== undefined) this.#dispatch({ type: 'port-lost', launch, problem });
    return problem === undefined;
  }

  reportDrained(launch: number): void {
    this.#dispatch({ type: 'drained', launch });
  }

  /** It lives, but nothing answers: ends it and recovers within the crash budget. */
  reap(launch: number, detail: string): void {
    this.#dispatch({ type: 'unresponsive', launch, detail });
  }

  get state(): SupervisorState {
    return this.#supervision.state;
  }

  get generation(): number {
    return this.#supervision.intent.generation;
  }

  /** The last word it was given, whether it has come to it or not: one from within a listener waits its turn. */
  get wants(): 'up' | 'down' {
    const last = this.#queue.findLast(({ settled }) => settled !== undefined);
    if (last === undefined) return this.#supervision.intent.want;
    return last.event.type === 'down' ? 'down' : 'up';
  }

  get child(): ProcessIdentity | undefined {
    return childOf(this.#supervision.state);
  }

  get restarts(): number {
    return this.#supervision.restarts;
  }

  /** Oldest first; the last 20. */
  get exits(): readonly Exit[] {
    return this.#history.exits;
  }

  get lastExit(): Exit | undefined {
    return this.#history.lastExit;
  }

  /** How long its last 10 starts took until it was ready, in the middle, ms; `undefined`: nobody knows (yet). */
  get usualBootMs(): number | undefined {
    return this.#plan === undefined ? undefined : usualBoot(this.#boots.of(this.#plan));
  }

  /** The last lines it printed (2000 at most), over restarts too; oldest first. */
  lines(limit?: number): readonly OutputLine[] {
    return this.#history.lines(limit);
  }

  /** CPU time of the main process so far, ms: whether a silent gateway works or hangs. */
  cpuMs(): number | undefined {
    const { child } = this;
    const info = child === undefined ? undefined : this.#ports.processes.find(child.pid);
    return child !== undefined && sameProcess(child, info) ? info?.cpuMs : undefined;
  }

  /** A living gateway that an earlier host of ours started; `up` takes it over. */
  findOwned(): Promise<OwnershipRecord | undefined> {
    return this.#records.findOwned();
  }

  on<N extends SignalName>(name: N, listener: (payload: SupervisorSignals[N]) => void): () => void {
    return this.#signals.on(name, listener);
  }

  #intend(plan: LaunchPlan, event: Extract<SupervisorEvent, { type: 'up' | 'restart' }>): Promise<UpResult> {
    const previous = this.child;
    return this.#answered({ event, plan }, () => upResult(this.#supervision, previous));
  }

  /** Settles as soon as the state after this intent, or after a later event, holds the answer. */
  #answered<R>(intent: Queued, result: () => R | undefined): Promise<R> {
    return new Promise((resolve) => {
      const settled = () => {
        const value = result();
        if (value !== undefined) resolve(value);
        return value !== undefined;
      };
      this.#enqueue({ ...intent, settled });
    });
  }

  /** How to stop is the living launch's business; how to start the next one, the newest plan's. */
  #policy(): SupervisorPolicy {
    const policy = this.#plan === undefined ? defaultPolicy : policyOf(this.#plan);
    const { state } = this.#supervision;
    const living = 'launch' in state ? this.#launches.get(state.launch)?.plan : undefined;
    return living === undefined ? policy : { ...policy, stop: policyOf(living).stop };
  }

  #dispatch(event: SupervisorEvent): void {
    this.#enqueue({ event });
  }

  /** One event after another, also those that an effect or a listener raises on the way. */
  #enqueue(queued: Queued): void {
    if (this.#left) return;
    this.#queue.push(queued);
    if (this.#dispatching) return;
    this.#dispatching = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#step(next);
    } finally {
      this.#dispatching = false;
    }
  }

  #step({ event, plan, settled }: Queued): void {
    if (plan !== undefined && 'generation' in event && event.generation > this.generation) this.#plan = plan;
    const { clock, random } = this.#ports;
    const moment = { at: clock.now(), wallTime: clock.wallTime(), random: random.next() };
    const from = this.#supervision.state;
    const { next, effects } = reduce(this.#supervision, event, moment, this.#policy());
    this.#supervision = next;
    const to = next.state;
    this.#setTimer(moment.at);
    this.#note(event, from, to);
    this.#launches.forgetOver(event, to);
    for (const effect of effects) this.#carryOut(effect);
    if (settled !== undefined) this.#waiting.add(settled);
    for (const waiting of [...this.#waiting]) if (waiting()) this.#waiting.delete(waiting);
  }

  #setTimer(now: number): void {
    this.#timer?.();
    const deadline = deadlineOf(this.#supervision.state);
    this.#timer =
      deadline === undefined
        ? undefined
        : this.#ports.clock.schedule(
            Math.max(0, deadline - now),
            () => this.#dispatch({ type: 'deadline', deadline }),
            { keepAlive: true },
          );
  }

  #note(event: SupervisorEvent, from: SupervisorState, to: SupervisorState): void {
    if (event.type === 'gone') {
      this.#history.noteExit(event.exit);
      this.#signals.emit('exit', event.exit);
    }
    if (from === to) return;
    if (to.name === 'running' && from.name === 'booting') {
      const launch = this.#launches.get(to.launch);
      launch?.becameReady();
      if (launch !== undefined && !to.adopted) this.#boots.note(launch.plan, to.bootMs);
    }
    this.#signals.emit('transition', { from, to, cause: event.type });
    if (to.name === 'booting' && (event.type === 'spawned' || event.type === 'adopted')) {
      const { launch, child } = event;
      this.#signals.emit(event.type, { launch, child, generation: this.generation });
    }
  }

  #carryOut(effect: SupervisorEffect): void {
    switch (effect.type) {
      case 'preflight':
        if (this.#plan !== undefined) {
          void this.#boots.load();
          this.#launches.begin(effect, this.#plan, this.generation, this.lastExit);
        }
        return;
      case 'drain':
        if (this.#signals.hears('drain')) {
          this.#signals.emit('drain', { launch: effect.launch, limitMs: effect.limitMs });
        } else {
          this.#dispatch({ type: 'drained', launch: effect.launch });
        }
        return;
      default:
        this.#launches.carryOut(effect);
    }
  }
}
