import type { Cancel, Clock } from '../ports/clock.ts';
import type { Programs, RecordStore } from '../ports/files.ts';
import type { PeerIdentity } from '../ports/peer-identity.ts';
import type {
  ChildHandlers,
  ChildProcess,
  ProcessIdentity,
  ProcessTable,
  Spawner,
  SpawnRequest,
  TcpPorts,
} from '../ports/spawner.ts';

/** A supervising process and its ports to the simulated machine. Once dead, it receives no events and has no effect. */
export interface SimulatedHost {
  readonly identity: ProcessIdentity;
  readonly alive: boolean;
  /** Timers it waits for. */
  readonly timers: number;
  readonly clock: Clock;
  readonly spawner: Spawner;
  readonly processes: ProcessTable;
  readonly tcpPorts: TcpPorts;
  readonly peerIdentity: PeerIdentity;
  readonly programs: Programs;
  readonly records: RecordStore;
  /** As SIGKILL would: its children live on, but their lifelines end. */
  kill(): void;
}

/** Operations of the machine for its hosts. */
interface Machine {
  readonly spawn: (host: SimulatedHost, request: SpawnRequest, handlers: ChildHandlers) => ChildProcess;
  readonly table: ProcessTable;
  readonly tcpPorts: TcpPorts;
  readonly peerIdentity: PeerIdentity;
  readonly store: (isAlive: () => boolean) => RecordStore;
  readonly died: (host: SimulatedHost) => void;
}

const nobody: ChildProcess = { pid: undefined, releaseLifeline: () => undefined, abandonOutput: () => undefined };

export class Host implements SimulatedHost {
  readonly identity: ProcessIdentity;
  readonly clock: Clock;
  readonly spawner: Spawner;
  readonly processes: ProcessTable;
  readonly tcpPorts: TcpPorts;
  readonly peerIdentity: PeerIdentity;
  readonly programs: Programs;
  readonly records: RecordStore;
  readonly #died: (host: SimulatedHost) => void;
  #alive = true;
  #timers = 0;

  constructor(clock: Clock, identity: ProcessIdentity, machine: Machine) {
    this.identity = identity;
    this.#died = machine.died;
    this.clock = {
      now: () => clock.now(),
      wallTime: () => clock.wallTime(),
      schedule: (delayMs, run) => this.#schedule(clock, delayMs, run),
    };
    const { table, tcpPorts: network } = machine;
    const store = machine.store(() => this.#alive);
    this.spawner = {
      spawn: (request, handlers) => (this.#alive ? machine.spawn(this, request, handlers) : nobody),
    };
    this.processes = {
      ...table,
      signal: (target, signal) => this.#alive && table.signal(target, signal),
      killGroup: (leader) => this.#alive && table.killGroup(leader),
    };
    this.tcpPorts = {
      check: (host, port) => this.#whileAlive(network.check(host, port)),
      findFree: (host) => this.#whileAlive(network.findFree(host)),
      owner: (port) => this.#whileAlive(network.owner(port)),
      listening: (pid) => this.#whileAlive(network.listening(pid)),
    };
    const { behindSocket, behindProcess } = machine.peerIdentity;
    this.peerIdentity = {
      behindSocket: async (ends) => {
        const peer = await this.#whileAlive(behindSocket(ends));
        return { ...peer, findProcess: (guess) => this.#whileAlive(peer.findProcess(guess)) };
      },
      behindProcess,
    };
    this.programs = {
      kindOf: (path) => this.#whileAlive(Promise.resolve(path === '/' ? 'folder' : 'program')),
      isForeign: () => this.#whileAlive(Promise.resolve(false)),
      interpreterOf: () => this.#whileAlive(Promise.resolve(undefined)),
    };
    this.records = {
      load: () => this.#whileAlive(store.load()),
      save: (text) => this.#whileAlive(this.#alive ? store.save(text) : this.#never()),
      clear: () => this.#whileAlive(this.#alive ? store.clear() : this.#never()),
    };
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Timers it waits for. */
  get timers(): number {
    return this.#timers;
  }

  kill(): void {
    if (!this.#alive) return;
    this.#alive = false;
    this.#died(this);
  }

  #schedule(clock: Clock, delayMs: number, run: () => void): Cancel {
    this.#timers += 1;
    let open = true;
    const close = () => {
      if (open) this.#timers -= 1;
      open = false;
    };
    const cancel = clock.schedule(delayMs, () => {
      close();
      if (this.#alive) run();
    });
    return () => {
      close();
      cancel();
    };
  }

  #whileAlive<T>(answer: Promise<T>): Promise<T> {
    return answer.then(
      (value) => (this.#alive ? value : this.#never<T>()),
      (error: unknown) => {
        if (this.#alive) throw error;
        return this.#never<T>();
      },
    );
  }

  #never<T>(): Promise<T> {
    return new Promise(() => undefined);
  }
}
