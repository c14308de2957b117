import { GatewayError } from '@deskclaw/core';
import type { OperationKind, ProcessIdentity, SpawnRequest } from '@deskclaw/core/internal';
import {
  SeededRandom,
  SimulatedClock,
  SimulatedNetwork,
  SimulatedProcesses,
  type SimulatedProgram,
} from '@deskclaw/core/testing';
import { isObject, parseJson } from '@deskclaw/protocol';
import { countErrno } from '../pairs.ts';
import { silent } from '../simulation.ts';
import { count, type Tally } from '../tally.ts';
import { Violation } from '../violation.ts';
import { ErrnoFaults } from './errno-faults.ts';
import { Gateways } from './gateways.ts';
import { HostedManager, memoryRecords } from './hosted-manager.ts';
import { limits, type Seen, statusFaults, unreportedFaults } from './invariants.ts';
import { LifecycleCalls } from './lifecycle-calls.ts';
import { listenerCount } from './listeners.ts';
import type { Action, Plan, RequestName, Squatter } from './plan.ts';
import { type GatewayProgram, healthy, PORT } from './program.ts';
import { Requests } from './requests.ts';

const callOf = {
  start: ['start', false],
  stop: ['stop', false],
  'force-stop': ['stop', true],
  restart: ['restart', false],
  'force-restart': ['restart', true],
} as const satisfies Record<RequestName, readonly [OperationKind, boolean]>;

const SECRET = 'the-secret-token';
const NEIGHBOURS = 8;
/** Sums of times may differ by a rounding, which no wait would ever make up for. */
const ROUNDING_MS = 1e-6;
/** Longest time until an exit is noticed: how long a zombie lasts, or the poll interval of an adopted process. */
const HEARD_WITHIN_MS = 700;

/**
 * Most spawns in a row: the requested one, one to replace an adopted process, and those that the crash budget allows.
 */
const MOST_SPAWNS = 2 + limits.crash.maxCrashes;

/** Duration and outcome of the planning of a start. */
export interface Planning {
  readonly delayMs: number;
  readonly fails: boolean;
}
const atOnce: Planning = { delayMs: 0, fails: false };

interface Launched {
  readonly program: GatewayProgram;
  readonly port: number;
  readonly marker: string;
}

/** Simulates one machine with a manager on it, and carries out the actions of a plan there. */
export class World {
  readonly clock = new SimulatedClock('promises');
  readonly network: SimulatedNetwork;
  readonly machine: SimulatedProcesses;
  readonly gateways: Gateways;
  readonly errno: ErrnoFaults;
  readonly plan: Plan;
  readonly log: (line: string) => void;
  readonly tally: Tally;
  hosted: HostedManager;
  calls: LifecycleCalls;
  requests: Requests;
  /** The token that gateways require. */
  readonly secret = SECRET;
  /** The token that the manager presents. */
  token = SECRET;
  /** How a start is planned. */
  planning: Planning = atOnce;
  /** Faults have ceased: what is started from now on is well. */
  #isWell = false;
  readonly #whenWell: (() => void)[] = [];
  readonly #faults: string[] = [];
  readonly #launched = new Map<SimulatedProgram, Launched>();
  readonly #portOf = new Map<number, number>();
  /** Processes of others that were there before any of ours. */
  readonly #neighbours: ProcessIdentity[];
  readonly #deaths = new Map<number, number>();
  readonly #resistance = new Map<number, number>();
  /** Processes of an earlier host that the current one has not adopted yet. */
  #leftover: readonly ProcessIdentity[] = [];
  /** Since the user last asked for anything, or a gateway held for long enough. */
  readonly #spawns: number[] = [];
  readonly #bootTimes = memoryRecords();
  #listeners = 0;
  #signalsSeen = 0;
  #hosts = 0;
  #sleptMs = 0;
  #sleeps = 0;
  lastDead: number | undefined;

  constructor(plan: Plan, log: (line: string) => void, tally: Tally) {
    this.plan = plan;
    this.log = log === silent ? silent : (line) => log(`${this.clock.now().toFixed(1)} ${line}`);
    this.tally = tally;
    this.errno = new ErrnoFaults((site, code) => countErrno(tally, site, code));
    this.network = new SimulatedNetwork(this.clock, new SeededRandom(plan.seed + 0.5 * 2 ** 32));
    this.machine = new SimulatedProcesses(this.clock, (spawn, request) => this.#behave(spawn, request), {
      began: (child, program) => this.#began(child, program),
      listening: (pid, port) => this.#portOf.set(pid, port),
      ended: (pid) => this.#ended(pid),
    });
    const { clock, network } = this;
    this.gateways = new Gateways({
      plan,
      clock,
      network,
      machine: () => this.machine,
      token: SECRET,
      eavesdropper: (pid) => this.#eavesdropper(pid),
    });
    this.#neighbours = Array.from({ length: NEIGHBOURS }, () => this.machine.addForeign());
    if (plan.squatter !== undefined) this.squat(plan.squatter, undefined);
    this.hosted = this.#newHost();
    this.calls = this.#newCalls();
    this.requests = this.#newRequests();
    this.clock.watch = () => this.#glance();
  }

  /** The port a gateway of ours listens on, or would. */
  get port(): number {
    const { pid } = this.main ?? {};
    return (pid === undefined ? undefined : this.#portOf.get(pid)) ?? PORT;
  }

  get main(): ProcessIdentity | undefined {
    return this.machine.mains[0];
  }

  get faults(): readonly string[] {
    return this.#faults;
  }

  /** A foreign process takes the port, for `ms` if given. */
  squat(as: Squatter, ms: number | undefined): void {
    if (this.machine.listener(PORT) !== undefined) return;
    // An old process: one that is newer than our gateway could pass for its child.
    const squatter = this.#neighbours.pop() ?? this.machine.addForeign();
    this.machine.listen(squatter.pid, PORT);
    this.gateways.squat(squatter.pid, as);
    if (ms !== undefined) this.clock.happen(ms, () => this.evict(squatter));
  }

  evict(squatter: ProcessIdentity): void {
    if (this.machine.isAlive(squatter)) this.machine.end(squatter.pid, 0, null);
  }

  /** Returns the pid of a listener on the port that is no process of ours. */
  get squatter(): number | undefined {
    const pid = this.machine.listener(PORT);
    return pid === undefined || this.machine.ours.some((info) => info.pid === pid) ? undefined : pid;
  }

  sleep(ms: number, monotonic: 'counted' | 'stopped'): void {
    this.#sleeps += 1;
    this.clock.sleep(ms, monotonic);
    if (monotonic === 'stopped') return;
    this.#sleptMs += ms;
    this.requests.ledger.stoodStill(ms);
  }

  /**
   * Kills the host and starts another. Processes that the ownership record does not name belong to nobody afterwards.
   */
  replaceHost(): void {
    this.#collect();
    this.hosted.kill();
    // The next one is another process, with descriptors of its own.
    this.errno.end();
    // A failing disk has lost the ownership record.
    if (this.machine.disk.fails) this.machine.setRecord(undefined);
    const record = parseJson(this.machine.record ?? '');
    const known = isObject(record) ? `DESKCLAW_LAUNCH=${String(record['nonce'])}` : undefined;
    for (const { marker } of this.#launched.values()) if (marker !== known) this.machine.disown(marker);
    this.#leftover = this.machine.ours;
    this.hosted = this.#newHost();
    this.calls = this.#newCalls();
    this.requests = this.#newRequests();
  }

  /** Whether processes of an earlier host still run and have not been adopted. */
  get hasLeftover(): boolean {
    return this.#leftover.some((each) => this.machine.isAlive(each));
  }

  /** Calls `waitFor` and checks its promise: the state or one of its two errors, exactly once. */
  waitFor({ state, timeoutMs, abortAfterMs }: Extract<Action, { readonly do: 'wait-for' }>): void {
    const { hosted } = this;
    const controller = new AbortController();
    if (abortAfterMs !== undefined) this.clock.happen(abortAfterMs, () => hosted.host.alive && controller.abort());
    // In that state already, `waitFor` needs no timer.
    const timers = hosted.manager.getStatus().state === state ? 0 : 1;
    hosted.waits += timers;
    const over = () => {
      hosted.waits -= timers;
    };
    hosted.manager.waitFor(state, { timeoutMs, signal: controller.signal }).then(
      (status) => {
        over();
        if (status.state !== state) this.fault(`waited for ${state}, got ${status.state}`);
      },
      (error: unknown) => {
        over();
        const code = error instanceof GatewayError ? error.code : String(error);
        if (code !== 'request.timeout' && code !== 'request.cancelled') this.fault(`waitFor failed with ${code}`);
      },
    );
  }

  fault(words: string): void {
    this.#faults.push(words);
  }

  /** @throws Violation naming the first thing that was ever wrong. */
  check(): void {
    this.#glance();
    this.#collect();
    const [first] = this.#faults;
    if (first !== undefined) throw new Violation(first);
  }

  /** Checks the invariants that hold after every event. */
  #glance(): void {
    if (this.#faults.length > 0) return;
    const { machine, network, hosted } = this;
    const mains = machine.mains;
    if (mains.length > 1) this.fault(`${String(mains.length)} gateways of ours live`);
    if (network.liveSockets > 1) this.fault(`${String(network.liveSockets)} sockets live`);
    for (; this.#signalsSeen < machine.signals.length; this.#signalsSeen += 1) {
      const signal = machine.signals[this.#signalsSeen];
      if (signal?.ours === false) this.fault(`${signal.signal} to ${String(signal.pid)}, which is not ours`);
    }
    const status = hosted.manager.getStatus();
    if (status.pid !== undefined && this.#leftover.some(({ pid }) => pid === status.pid)) this.#leftover = [];
    for (const words of statusFaults(status, this.#seen())) this.fault(words);
    for (const words of unreportedFaults(hosted.reported, status)) this.fault(words);
  }

  #collect(): void {
    this.#faults.push(...this.requests.ledger.faults(this.#used(), this.#sleeps));
  }

  #seen(): Seen {
    const { machine, network, hosted, clock } = this;
    const used = this.#used();
    const { pid: reported } = hosted.reported;
    return {
      now: clock.wallTime(),
      mains: machine.mains
        .filter((info) => info.pid === reported || machine.mainsOf(hosted.host).includes(info))
        .map(({ pid }) => pid),
      mayLive: (pid) =>
        machine.mains.some((info) => info.pid === pid) ||
        used - (this.#deaths.get(pid) ?? Number.NEGATIVE_INFINITY) <= HEARD_WITHIN_MS,
      sockets: network.liveSockets,
      isConnected: hosted.manager.isConnected(),
    };
  }

  /** Runs a function at a time on the clock that excludes sleep of the machine. */
  #later(due: number, run: () => void): void {
    const isDue = () => due - this.#used() < ROUNDING_MS;
    this.clock.happen(due - this.#used(), () => (isDue() ? run() : this.#later(due, run)));
  }

  /** Time in which something could have happened, ms. */
  #used(): number {
    return this.clock.now() - this.#sleptMs;
  }

  #behave(spawn: number, request: SpawnRequest): SimulatedProgram {
    const { programs } = this.plan;
    const program = (this.#isWell ? undefined : programs[(spawn - 1) % programs.length]) ?? healthy;
    const port = Number(request.args[1]);
    // The world schedules the exit itself, so that it can cancel the exit once faults cease.
    const { exit: _, listen, ...rest } = program;
    const asked = { ...rest, ...(listen === undefined ? {} : { listen: { ...listen, port } }) };
    this.#launched.set(asked, { program, port, marker: `DESKCLAW_LAUNCH=${String(request.env['DESKCLAW_LAUNCH'])}` });
    return asked;
  }

  #began(child: ProcessIdentity, asked: SimulatedProgram): void {
    const others = this.machine.ours.filter(({ pid }) => pid !== child.pid);
    if (others.length > 0) this.fault(`spawned while pid ${others.map(({ pid }) => pid).join(', ')} of ours lives`);
    this.#spawns.push(this.clock.now());
    const lately = this.#spawns.filter((at) => this.clock.now() - at < limits.crash.windowMs).length;
    if (lately > MOST_SPAWNS) this.fault(`${String(lately)} processes in a window, and nobody asked`);
    const launched = this.#launched.get(asked);
    if (launched === undefined) return;
    const { program, port } = launched;
    count(this.tally, 'spawned');
    this.#portOf.set(child.pid, port);
    this.gateways.began(child.pid, program);
    if (typeof program.sigkillMs === 'number') this.#resistance.set(child.pid, program.sigkillMs);
    const { exit } = program;
    if (exit === undefined) return;
    this.clock.happen(exit.afterMs, () => {
      if (this.#isWell || !this.machine.isAlive(child)) return;
      this.machine.print(child.pid, 'stderr', (exit.stderr ?? []).join('\n'));
      this.machine.end(child.pid, exit.code, exit.code === null ? 'SIGSEGV' : null);
    });
  }

  #ended(pid: number): void {
    this.#deaths.set(pid, this.#used());
    const [born] = this.#spawns.slice(-1);
    if (born !== undefined && this.clock.now() - born >= limits.crash.stableAfterMs) this.resetDeadlines();
    this.gateways.ended(pid);
    this.lastDead = pid;
  }

  call(name: RequestName): void {
    const [kind, force] = callOf[name];
    this.log(`  ${name}`);
    void this.calls.make(kind, force);
  }

  /** Ends faults: programs started from now on are healthy, and the planned recoveries happen. */
  becomeWell(): void {
    this.#isWell = true;
    this.planning = atOnce;
    for (const act of this.#whenWell.splice(0)) act();
  }

  whenWell(act: () => void): void {
    this.#whenWell.push(act);
  }

  /** Resets the count of spawns, as a user request resets the crash budget. */
  resetDeadlines(): void {
    this.#spawns.length = 0;
  }

  /** Listeners that came since the manager was made; undefined where another was made before, and left its own. */
  get newListeners(): number | undefined {
    return this.#hosts === 1 ? listenerCount() - this.#listeners : undefined;
  }

  #newHost(): HostedManager {
    this.#hosts += 1;
    const { plan, network, machine, gateways, log, tally } = this;
    const hosted = new HostedManager({
      plan,
      network,
      machine,
      gateways,
      number: this.#hosts,
      errno: this.errno,
      bootTimes: this.#bootTimes,
      token: () => this.token,
      planning: () => this.planning,
      wait: (ms) => new Promise((resolve) => this.clock.happen(ms, resolve)),
      secret: SECRET,
      fault: (words) => this.fault(words),
      sent: (text) => this.requests.ledger.sent(text),
      log,
      tally,
    });
    this.#listeners = listenerCount();
    return hosted;
  }

  /** Returns a listener for tokens sent to another process: only an attached gateway may hear one. */
  #eavesdropper(pid: number): ((text: string) => void) | undefined {
    // A token that a dead host sent may arrive late: what counts is the listener when the connection was made.
    if (this.hosted.manager.getStatus().pid === undefined) return undefined;
    return (text) => {
      if (text.includes(SECRET)) this.fault(`the token was told to pid ${String(pid)}, which is not ours`);
    };
  }

  #newCalls(): LifecycleCalls {
    const { machine } = this;
    const view = {
      seen: () => this.#seen(),
      mains: () => machine.mains,
      isAlive: (process: ProcessIdentity) => machine.isAlive(process),
      later: (delayMs: number, run: () => void) => this.#later(this.#used() + delayMs, run),
      resists: ({ pid }: ProcessIdentity) => this.#resistance.get(pid) ?? 0,
      injected: () => this.errno.injected,
      ours: () =>
        machine.ours
          .filter(
            ({ pid, startMark }) => !this.#leftover.some((each) => each.pid === pid && each.startMark === startMark),
          )
          .map(({ pid }) => pid),
    };
    return new LifecycleCalls(
      this.hosted,
      view,
      { made: () => this.resetDeadlines(), fault: (words) => this.fault(words) },
      this.tally,
    );
  }

  #newRequests(): Requests {
    return new Requests(this.clock, () => this.#used());
  }
}
