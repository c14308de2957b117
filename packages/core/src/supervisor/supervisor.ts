import type { Cancel } from '../ports/clock.ts';
import type { ProcessIdentity } from '../ports/spawner.ts';
import type { OutputLine } from '../process/output.ts';
import type { OwnershipRecord } from '../process/ownership.ts';
import { Ring } from '../process/ring.ts';
import type { SupervisorEffect } from './effect.ts';
import type { LaunchEvent, SupervisorEvent } from './event.ts';
import { Launch } from './launch.ts';
import { type LaunchPlan, policyOf } from './launch-plan.ts';
import { type DownResult, downResult, type UpResult, upResult } from './outcome.ts';
import { OwnershipRecords } from './ownership-records.ts';
import { defaultPolicy, type SupervisorPolicy } from './policy.ts';
import type { SupervisorPorts } from './ports.ts';
import { reduce } from './reducer.ts';
import { type SignalName, Signals, type SupervisorSignals } from './signals.ts';
import { childOf, deadlineOf, type Exit, initial, type Manner, type Supervision, type SupervisorState } from './state.ts';

const LINES_KEPT = 2_000;
const EXITS_KEPT = 20;
const BOOTS_KEPT = 10;

/** Keeps one gateway process as the user wants it: gives the reducer its events and carries out what it decides. */
export class Supervisor {
  readonly #ports: SupervisorPorts;
  readonly #records: OwnershipRecords;
  readonly #signals: Signals;
  readonly #launches = new Map<number, Launch>();
  readonly #exits = new Ring<Exit>(EXITS_KEPT);
  readonly #boots = new Ring<number>(BOOTS_KEPT);
  readonly #lines = new Ring<OutputLine>(LINES_KEPT);
  readonly #queue: SupervisorEvent[] = [];
  readonly #waiting = new Set<() => boolean>();
  #supervision: Supervision;
  #plan: LaunchPlan | undefined;
  #timer: Cancel | undefined;
  #dispatching = false;

  constructor(ports: SupervisorPorts) {
    this.#ports = ports;
    this.#records = new OwnershipRecords(ports);
    this.#supervision = { ...initial, state: { name: 'idle', since: ports.clock.now() } };
    this.#signals = new Signals((name, error) => {
      ports.logger.log('error', `A listener for "${name}" failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
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
    this.#dispatch({ type: 'down', generation, manner: options.manner ?? 'drain' });
    return this.#await(() => downResult(this.#supervision, generation, previous));
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

  get child(): ProcessIdentity | undefined {
    return childOf(this.#supervision.state);
  }

  get restarts(): number {
    return this.#supervision.restarts;
  }

  /** Oldest first; the last 20. */
  get exits(): readonly Exit[] {
    return this.#exits.items();
  }

  get lastExit(): Exit | undefined {
    return this.#exits.items(1)[0];
  }

  /** How long the last 10 boots took, ms; oldest first. */
  get bootTimes(): readonly number[] {
    return this.#boots.items();
  }

  /** The last lines it printed, over restarts too; oldest first. */
  lines(limit: number = LINES_KEPT): readonly OutputLine[] {
    return this.#lines.items(limit);
  }

  /** CPU time of the main process so far, ms: whether a silent gateway works or hangs. */
  cpuMs(): number | undefined {
    const { child } = this;
    const info = child === undefined ? undefined : this.#ports.processes.find(child.pid);
    return info?.startMark === child?.startMark ? info?.cpuMs : undefined;
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
    if (event.generation > this.generation) this.#plan = plan;
    this.#dispatch(event);
    return this.#await(() => upResult(this.#supervision, event.generation, previous));
  }

  #await<R>(result: () => R | undefined): Promise<R> {
    return new Promise((resolve) => {
      const settled = () => {
        const value = result();
        if (value === undefined) return false;
        resolve(value);
        return true;
      };
      if (!settled()) this.#waiting.add(settled);
    });
  }

  /** How to stop is the living launch's business; how to start the next one, the newest plan's. */
  #policy(): SupervisorPolicy {
    const policy = this.#plan === undefined ? defaultPolicy : policyOf(this.#plan);
    const { state } = this.#supervision;
    const living = 'launch' in state ? this.#launches.get(state.launch) : undefined;
    return living === undefined ? policy : { ...policy, stop: policyOf(living.plan).stop };
  }

  /** One event after another, also those that an effect or a listener raises on the way. */
  #dispatch(event: SupervisorEvent): void {
    this.#queue.push(event);
    if (this.#dispatching) return;
    this.#dispatching = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) this.#step(next);
    } finally {
      this.#dispatching = false;
    }
  }

  #step(event: SupervisorEvent): void {
    const { clock, random } = this.#ports;
    const moment = { at: clock.now(), wallTime: clock.wallTime(), random: random.next() };
    const from = this.#supervision.state;
    const { next, effects } = reduce(this.#supervision, event, moment, this.#policy());
    this.#supervision = next;
    const to = next.state;
    this.#setTimer(moment.at);
    this.#note(event, from, to);
    for (const effect of effects) this.#carryOut(effect);
    for (const settled of [...this.#waiting]) if (settled()) this.#waiting.delete(settled);
  }

  #setTimer(now: number): void {
    this.#timer?.();
    const deadline = deadlineOf(this.#supervision.state);
    this.#timer =
      deadline === undefined
        ? undefined
        : this.#ports.clock.schedule(Math.max(0, deadline - now), () => this.#dispatch({ type: 'deadline', deadline }), { keepAlive: true });
  }

  #note(event: SupervisorEvent, from: SupervisorState, to: SupervisorState): void {
    const generation = this.#supervision.intent.generation;
    if (event.type === 'gone') {
      this.#launches.delete(event.launch);
      this.#exits.push(event.exit);
      this.#signals.emit('exit', event.exit);
    }
    if (event.type === 'spawn-failed' || event.type === 'preflight-refused' || event.type === 'preflight-cancelled') {
      this.#launches.delete(event.launch);
    }
    if (from === to) return;
    if (to.name === 'running' && from.name === 'booting') {
      this.#boots.push(to.bootMs);
      const launch = this.#launches.get(to.launch);
      if (launch !== undefined) launch.wasReady = true;
    }
    this.#signals.emit('transition', { from, to, cause: event.type });
    if (event.type === 'spawned' && to.name === 'booting') this.#signals.emit('spawned', { ...pick(event), generation });
    if (event.type === 'adopted' && to.name === 'booting') this.#signals.emit('adopted', { ...pick(event), generation });
  }

  #carryOut(effect: SupervisorEffect): void {
    const launch = effect.type === 'preflight' ? this.#newLaunch(effect.launch) : this.#launches.get(effect.launch);
    if (launch === undefined) return;
    switch (effect.type) {
      case 'preflight':
        void launch.preflight(effect.repair);
        return;
      case 'cancel-preflight':
        launch.cancel();
        return;
      case 'spawn':
        launch.spawn();
        return;
      case 'watch-adopted':
        launch.watchAdopted(effect.child);
        return;
      case 'drain':
        if (this.#signals.hears('drain')) this.#signals.emit('drain', { launch: effect.launch, limitMs: effect.limitMs });
        else this.#dispatch({ type: 'drained', launch: effect.launch });
        return;
      case 'terminate':
        launch.terminate(effect.child);
        return;
      case 'reap':
        void launch.reap(effect.child, effect.endedBy);
        return;
      case 'discard':
        launch.discard(effect.child);
        this.#launches.delete(effect.launch);
        return;
      default:
        effect satisfies never;
    }
  }

  #newLaunch(number: number): Launch | undefined {
    if (this.#plan === undefined) return undefined;
    const launch = new Launch({
      number,
      generation: this.generation,
      plan: this.#plan,
      ports: this.#ports,
      records: this.#records,
      lastExit: this.lastExit,
      report: (event) => this.#dispatch(event),
      line: (line) => {
        this.#lines.push(line);
        this.#signals.emit('line', line);
      },
    });
    this.#launches.set(number, launch);
    return launch;
  }
}

function pick(event: Extract<LaunchEvent, { type: 'spawned' | 'adopted' }>): { launch: number; child: ProcessIdentity } {
  return { launch: event.launch, child: event.child };
}
