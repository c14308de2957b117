import type { ChildHandlers, ProcessIdentity, ProcessInfo, Spawner, SpawnRequest } from '../ports/spawner.ts';
import type { SimulatedClock } from './simulated-clock.ts';
import { type DiskConditions, SimulatedDisk } from './simulated-disk.ts';
import { Host, type SimulatedHost } from './simulated-host.ts';
import type { SimulatedHelper, SimulatedProgram } from './simulated-program.ts';
import { cpuMs, type Simulated, simulatedTable, startMarkOf } from './simulated-table.ts';
import { simulatedPeerIdentity, simulatedTcpPorts } from './simulated-tcp-ports.ts';

/** What a world around the machine may want to know of our main processes. */
export interface MachineWatch {
  began?(child: ProcessIdentity, program: SimulatedProgram): void;
  listening?(pid: number, port: number): void;
  /** Of any process. */
  ended?(pid: number): void;
}

interface Handle {
  readonly handlers: ChildHandlers;
  readonly lifeline: boolean;
  readonly commandLine: string;
  /** Host that spawned the process; notified of the exit while it lives. */
  readonly host: SimulatedHost;
}

export interface SentSignal extends ProcessIdentity {
  readonly signal: string;
  readonly ours: boolean;
}

const encoder = new TextEncoder();
/**
 * A machine's processes and ports, simulated: spawn delays and failures, exits at any moment, helpers that leave the
 * group, processes that ignore SIGTERM or outlive SIGKILL, stolen ports, reused pids, and the death of the host.
 * Time is the injected clock's; nothing happens between its ticks.
 */
export class SimulatedProcesses {
  /** Every signal that was sent, in order. */
  readonly signals: SentSignal[] = [];
  /** How many children were spawned. */
  spawns = 0;
  readonly #clock: SimulatedClock;
  readonly #behave: (spawn: number, request: SpawnRequest) => SimulatedProgram;
  readonly #live = new Map<number, Simulated>();
  readonly #handles = new Map<number, Handle>();
  readonly #listeners = new Map<number, number>();
  /** The users of processes that are not ours, by pid. */
  readonly #otherUsers = new Map<number, string>();
  readonly #pipesClosed = new Set<number>();
  readonly #watch: MachineWatch;
  readonly #disk: SimulatedDisk;
  #nextPid = 1_000;
  #starts = 0;

  /** @param behave decides how the nth child (from 1) behaves. */
  constructor(
    clock: SimulatedClock,
    behave: (spawn: number, request: SpawnRequest) => SimulatedProgram,
    watch: MachineWatch = {},
  ) {
    this.#clock = clock;
    this.#disk = new SimulatedDisk(clock);
    this.#behave = behave;
    this.#watch = watch;
  }

  /** Our living processes, helpers included. */
  get ours(): readonly ProcessInfo[] {
    return [...this.#live.values()].filter((each) => each.ours).map((each) => each.info);
  }

  /** Living processes that were ours before `disown`. */
  get disowned(): readonly ProcessInfo[] {
    return [...this.#live.values()].filter((each) => !each.ours && each.environment.size > 0).map((each) => each.info);
  }

  /** Our living main processes: those that were spawned, not what they started. */
  get mains(): readonly ProcessInfo[] {
    const found: ProcessInfo[] = [];
    for (const { ours, info } of this.#live.values()) if (ours && this.#handles.has(info.pid)) found.push(info);
    return found;
  }

  /** Living main processes that this host spawned. */
  mainsOf(host: SimulatedHost): readonly ProcessInfo[] {
    return this.mains.filter(({ pid }) => this.#handles.get(pid)?.host === host);
  }

  isAlive({ pid, startMark }: ProcessIdentity): boolean {
    return this.#live.get(pid)?.info.startMark === startMark;
  }

  isFree(pid: number): boolean {
    return !this.#live.has(pid);
  }

  /** Makes all processes with this `NAME=value` in their environment count as foreign. */
  disown(marker: string): void {
    for (const each of this.#live.values()) if (each.environment.has(marker)) each.ours = false;
  }

  get record(): string | undefined {
    return this.#disk.record;
  }

  get disk(): DiskConditions {
    return this.#disk.conditions;
  }

  set disk(conditions: DiskConditions) {
    this.#disk.conditions = conditions;
  }

  /** Returns the pid of the listener on a port. */
  listener(port: number): number | undefined {
    return this.#listeners.get(port);
  }

  /** Adds a foreign process, optionally with a given pid, that may listen on a port. */
  addForeign(options: { readonly pid?: number; readonly port?: number; readonly user?: string } = {}): ProcessIdentity {
    const pid = options.pid ?? this.#newPid();
    const info = this.#enter({ pid, parentPid: 1, groupId: pid, name: 'stranger' }, {}, new Set(), false, undefined);
    if (options.port !== undefined) this.#listeners.set(options.port, pid);
    if (options.user === undefined) this.#otherUsers.delete(pid);
    else this.#otherUsers.set(pid, options.user);
    return { pid, startMark: info.startMark };
  }

  /** Ends a process as `kill` from outside, or a crash, would. */
  end(pid: number, code: number | null, signal: string | null): void {
    const process = this.#live.get(pid);
    if (process !== undefined) this.#die(process, code, signal);
  }

  /** Prints a text on a pipe of the process. */
  print(pid: number, stream: 'stdout' | 'stderr', text: string): void {
    const handle = this.#handles.get(pid);
    if (this.#live.has(pid) && handle?.host.alive === true) handle.handlers.output(stream, encoder.encode(text));
  }

  /** Closes the listener on a port; its process keeps running. */
  stopListening(port: number): void {
    this.#listeners.delete(port);
  }

  /** Makes a process listen on a port, unless another one does. */
  listen(pid: number, port: number): void {
    if (!this.#live.has(pid) || this.#listeners.has(port)) return;
    this.#listeners.set(port, pid);
    this.#watch.listening?.(pid, port);
  }

  /** Sets the share of a core that a process uses from now on. */
  work(pid: number, share: number): void {
    const process = this.#live.get(pid);
    if (process !== undefined)
      process.cpu = { usedMs: cpuMs(process, this.#clock.now()), since: this.#clock.now(), share };
  }

  freeze(pid: number): void {
    const process = this.#live.get(pid);
    if (process !== undefined) process.frozen = true;
  }

  thaw(pid: number): void {
    const process = this.#live.get(pid);
    if (process === undefined) return;
    process.frozen = false;
    if (process.pendingTerm) this.#terminate(process);
  }

  /** The next spawned process gets this pid. */
  setNextPid(pid: number): void {
    this.#nextPid = pid;
  }

  /** A new supervising process on this machine. All hosts share one record. */
  newHost(): SimulatedHost {
    const tcpPorts = simulatedTcpPorts(this.#listeners, (pid) => this.#live.get(pid)?.info);
    return new Host(this.#clock, this.addForeign(), {
      spawn: (host, request, handlers) => this.#spawn(host, request, handlers),
      table: simulatedTable(this.#live, {
        now: () => this.#clock.now(),
        commandLine: (spawned) => this.#handles.get(spawned)?.commandLine,
        send: (process, signal) => this.#send(process, signal),
      }),
      tcpPorts,
      peerIdentity: simulatedPeerIdentity(tcpPorts, this.#otherUsers),
      store: (isAlive) => this.#disk.store(isAlive),
      died: (host) => this.#hostDied(host),
    });
  }

  setRecord(text: string | undefined): void {
    this.#disk.record = text;
  }

  #hostDied(host: SimulatedHost): void {
    this.end(host.identity.pid, null, 'SIGKILL');
    for (const [pid, handle] of this.#handles) if (handle.host === host && handle.lifeline) this.#lifelineEnds(pid);
  }

  #newPid(): number {
    while (this.#live.has(this.#nextPid)) this.#nextPid += 1;
    this.#nextPid += 1;
    return this.#nextPid - 1;
  }

  #enter(
    info: Omit<ProcessInfo, 'startMark'>,
    program: SimulatedProgram,
    environment: ReadonlySet<string>,
    ours: boolean,
    pipesOf: number | undefined,
  ): ProcessInfo {
    this.#starts += 1;
    const whole = { ...info, startMark: startMarkOf(this.#starts) };
    const cpu = { usedMs: 0, since: this.#clock.now(), share: 0 };
    const state = { frozen: false, pendingTerm: false, cpu };
    this.#live.set(info.pid, { info: whole, program, environment, ours, pipesOf, ...state });
    return whole;
  }

  #spawn(host: SimulatedHost, request: SpawnRequest, handlers: ChildHandlers): ReturnType<Spawner['spawn']> {
    this.spawns += 1;
    const program = this.#behave(this.spawns, request);
    let pid: number | undefined;
    this.#clock.happen(program.spawnDelayMs ?? 0, () => {
      // A host that dies during a spawn leaves either no child or one with an unknown pid; here: none.
      if (!host.alive) return;
      if (program.spawnFailure === undefined) pid = this.#begin(program, request, handlers, host);
      else handlers.failed(program.spawnFailure);
    });
    return {
      get pid() {
        return pid;
      },
      releaseLifeline: () => {
        if (pid !== undefined && request.lifeline) this.#lifelineEnds(pid);
      },
      abandonOutput: () => {
        if (pid !== undefined) this.#pipesClosed.add(pid);
      },
    };
  }

  #begin(program: SimulatedProgram, request: SpawnRequest, handlers: ChildHandlers, host: SimulatedHost): number {
    const pid = this.#newPid();
    const environment = new Set(Object.entries(request.env).map(([name, value]) => `${name}=${value}`));
    this.#pipesClosed.delete(pid);
    const commandLine = [request.file, ...request.args].join(' ');
    this.#handles.set(pid, { handlers, lifeline: request.lifeline, commandLine, host });
    const info = this.#enter({ pid, parentPid: 1, groupId: pid, name: 'gateway' }, program, environment, true, pid);
    this.#watch.began?.({ pid, startMark: info.startMark }, program);
    for (const helper of program.children ?? []) this.#startHelper(pid, helper, environment);
    this.#plan(pid, program);
    handlers.spawned(pid);
    return pid;
  }

  #startHelper(parent: number, helper: SimulatedHelper, environment: ReadonlySet<string>): void {
    const pid = this.#newPid();
    this.#enter(
      { pid, parentPid: parent, groupId: helper.ownGroup === true ? pid : parent, name: 'helper' },
      helper.sigkillMs === undefined ? {} : { sigkillMs: helper.sigkillMs },
      helper.carriesMarker === false ? new Set() : environment,
      true,
      helper.holdsPipes === false ? undefined : parent,
    );
  }

  #plan(pid: number, { listen, exit }: SimulatedProgram): void {
    const self = this.#live.get(pid);
    const stillThere = () => self !== undefined && this.#live.get(pid) === self;
    if (listen !== undefined) {
      this.#clock.happen(listen.afterMs, () => {
        if (!stillThere()) return;
        const holder = this.#listeners.get(listen.port);
        if (holder === undefined) this.listen(pid, listen.port);
        else if (holder !== pid) this.#fail(pid, 1, ['Error: listen EADDRINUSE: address already in use']);
      });
    }
    if (exit !== undefined) {
      this.#clock.happen(exit.afterMs, () => {
        if (stillThere()) this.#fail(pid, exit.code, exit.stderr ?? [], exit.signal ?? null);
      });
    }
  }

  #fail(pid: number, code: number | null, stderr: readonly string[], signal: string | null = null): void {
    const handle = this.#handles.get(pid);
    if (handle?.host.alive === true && stderr.length > 0) {
      handle.handlers.output('stderr', encoder.encode(`${stderr.join('\n')}\n`));
    }
    this.end(pid, code, signal);
  }

  #die(process: Simulated, code: number | null, signal: string | null): void {
    const { pid } = process.info;
    this.#live.delete(pid);
    for (const [port, holder] of this.#listeners) if (holder === pid) this.#listeners.delete(port);
    this.#watch.ended?.(pid);
    const handle = this.#handles.get(pid);
    if (handle !== undefined) {
      const { zombieMs = 0 } = process.program;
      this.#clock.happen(zombieMs, () => handle.host.alive && handle.handlers.exited(code, signal));
    }
    if (process.pipesOf !== undefined) this.#maybeDrained(process.pipesOf);
  }

  #maybeDrained(owner: number): void {
    const handle = this.#handles.get(owner);
    const held = [...this.#live.values()].some((each) => each.pipesOf === owner);
    if (held || handle === undefined || this.#pipesClosed.has(owner)) return;
    this.#pipesClosed.add(owner);
    this.#clock.happen(0, () => handle.host.alive && handle.handlers.drained());
  }

  #lifelineEnds(pid: number): void {
    const process = this.#live.get(pid);
    if (process?.program.watchesLifeline === true) this.#clock.happen(0, () => this.end(pid, 0, null));
  }

  #terminate(process: Simulated): void {
    const { pid } = process.info;
    const { sigtermMs = 0 } = process.program;
    if (process.frozen) process.pendingTerm = true;
    else if (sigtermMs !== 'never') {
      this.#clock.happen(sigtermMs, () => {
        if (this.#live.get(pid) === process) this.#die(process, 0, null);
      });
    }
  }

  #send(process: Simulated, signal: string): void {
    const { info, program, ours } = process;
    this.signals.push({ pid: info.pid, startMark: info.startMark, signal, ours });
    if (signal !== 'SIGKILL') {
      this.#terminate(process);
      return;
    }
    const { sigkillMs = 0 } = program;
    if (sigkillMs === 'never') return;
    this.#clock.happen(sigkillMs, () => {
      if (this.#live.get(info.pid) === process) this.#die(process, null, 'SIGKILL');
    });
  }
}
