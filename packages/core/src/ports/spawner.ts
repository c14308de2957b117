import type { ListeningAddress } from '@deskclaw/protocol';

export interface SpawnRequest {
  /** An absolute path; resolved before. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The whole environment: nothing is inherited behind it. */
  readonly env: Readonly<Record<string, string>>;
  /** `true`: standard input stays open for as long as we live, so that its end tells the child of our death. `false`: it is empty. */
  readonly lifeline: boolean;
  /** Windows only: `args` are quoted for `cmd.exe` already and must be passed on as they are. */
  readonly verbatim?: boolean;
}

export interface SpawnFailure {
  /** The system's code, e.g. `ENOENT`, `EACCES`. */
  readonly code: string;
  readonly message: string;
}

export interface ChildHandlers {
  spawned(pid: number): void;
  /** Instead of `spawned`; nothing follows. */
  failed(failure: SpawnFailure): void;
  output(stream: 'stdout' | 'stderr', chunk: Uint8Array): void;
  /** The process has ended; its pipes may still deliver until `drained`. */
  exited(code: number | null, signal: string | null): void;
  /** Both pipes have ended: no output follows. */
  drained(): void;
}

/** Our ends of a child's pipes, for another process to inherit. */
export interface PipeEnds {
  /** Closes our ends, once the other process has its own. */
  release(): void;
}

export type PipeListeners = Pick<ChildHandlers, 'output' | 'drained'>;

/** The pipes of a child that the previous host started and handed over. */
export interface InheritedPipes {
  /** Closes the child's standard input, which ends its lifeline. */
  releaseLifeline(): void;
  /** Stops reading and closes our ends of the pipes; for a child whose pipes were inherited by something that lives on. */
  abandonOutput(): void;
}

export interface ChildProcess extends InheritedPipes {
  readonly pid: number | undefined;
  /** Absent where they cannot be passed on. */
  readonly pipeEnds?: PipeEnds;
}

/** Starts a program in a process group of its own, with both output pipes read and no shell between. */
export interface Spawner {
  spawn(request: SpawnRequest, handlers: ChildHandlers): ChildProcess;
  /** Takes over inherited pipes; `undefined` if there are none, or they were taken over already. */
  inherit?(listeners: PipeListeners): InheritedPipes | undefined;
}

/** Where a pid means something; empty texts where the system has or tells no such thing. */
export interface ProcessRealm {
  /** Id of the boot of the kernel. */
  readonly boot: string;
  /** Containers have pids of their own. */
  readonly pidNamespace: string;
  readonly machine: string;
}

export interface ProcessIdentity {
  readonly pid: number;
  /**
   * The system's start mark (Linux: ticks since boot, and which boot); a pid with another mark is another process.
   * Empty where it could not be learned: such an identity matches nothing and is never signalled.
   */
  readonly startMark: string;
}
export interface ProcessInfo extends ProcessIdentity {
  readonly parentPid: number;
  readonly groupId: number;
  readonly name: string;
  /** User and system CPU time so far, ms, where the system tells. */
  readonly cpuMs?: number;
  /** Memory that is held by this process alone or with others, bytes, where the system tells. */
  readonly rssBytes?: number;
  /** A signal (SIGSTOP, Ctrl-Z) or a debugger has stopped it; it goes on after SIGCONT. */
  readonly isStopped?: boolean;
}

/** How processes are recognised as one tree; any of them suffices. */
export interface TreeRoot {
  /** The process that was spawned, alive or not: its group and its descendants belong to the tree. */
  readonly leader?: ProcessIdentity;
  /** `NAME=value`: a process with this in its environment belongs to the tree, whatever its parents. */
  readonly marker?: string;
  /**
   * Processes seen in the tree before; they still belong to it while they live, even without a parent, group or marker
   * in common.
   */
  readonly known?: readonly ProcessIdentity[];
  /**
   * The leader as a record names it, dead by now: its group counts only where a member carries the marker. The number of a group
   * passes to others once the whole group is gone, which nobody watched.
   */
  readonly recordedLeader?: ProcessIdentity;
}

/** Whether a process has a `NAME=value` in its environment. `untold`: the system does not show it. */
export type MarkerCheck = 'carried' | 'missing' | 'untold';

/**
 * Looks at processes and signals them, by identity only. Synchronous on purpose: between the look that proves an
 * identity and the signal that trusts it, nothing of ours may run.
 */
export interface ProcessTable {
  /** `undefined`: no such process (a zombie counts as none). */
  find(pid: number): ProcessInfo | undefined;
  /** Returns the command line, arguments separated by one space; `undefined` if unknown. */
  commandLine(pid: number): string | undefined;
  /** Whether a process was started with this `NAME=value` in its environment. */
  checkMarker(pid: number, marker: string): MarkerCheck;
  /** Every live process of the tree, the leader included. Never the caller itself. */
  tree(root: TreeRoot): readonly ProcessInfo[];
  /** Returns `false` if the process is gone or we may not signal it. */
  signal(target: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): boolean;
  /** SIGKILL to the whole group a leader of ours made; `false` where nothing was there, or its number now belongs to others. */
  killGroup(leader: ProcessIdentity): boolean;
  /** Whether one was started before the other; `undefined` where the system does not tell, or not finely enough. */
  isOlder(one: ProcessIdentity, other: ProcessIdentity): boolean | undefined;
  /** How often the system killed something for want of memory since it booted; `undefined` where it does not tell. */
  outOfMemoryKills(): number | undefined;
}

export interface PortOwner {
  readonly pid: number;
  readonly name: string;
}

/** `forbidden`: the system does not let us listen there. `no-address`: the host is no address of this machine. */
export type PortState = 'free' | 'taken' | 'forbidden' | 'no-address';

export interface TcpPorts {
  /** Found out by really listening for a moment; for a loopback host on 127.0.0.1 and ::1 alike. */
  check(host: string, port: number): Promise<PortState>;
  /** A port that is free at the moment of asking. */
  findFree(host: string): Promise<number>;
  /** Returns the process that listens on the port, where the system tells. */
  owner(port: number): Promise<PortOwner | undefined>;
  /** Where a process listens, lowest port first; empty where the system does not tell. */
  listening(pid: number): Promise<readonly ListeningAddress[]>;
}
