export interface SpawnRequest {
  /** An absolute path; resolved before. */
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  /** The whole environment: nothing is inherited behind it. */
  readonly env: Readonly<Record<string, string>>;
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

export interface ChildProcess {
  readonly pid: number | undefined;
  /** Lets go of the child's standard input: the end of its lifeline. */
  releaseLifeline(): void;
}

/** Starts a program in a process group of its own, with both output pipes read and no shell between. */
export interface Spawner {
  spawn(request: SpawnRequest, handlers: ChildHandlers): ChildProcess;
}

export interface ProcessIdentity {
  readonly pid: number;
  /** The system's start mark (Linux: ticks since boot); a pid with another mark is another process. */
  readonly startMark: string;
}
export interface ProcessInfo extends ProcessIdentity {
  readonly parentPid: number;
  readonly groupId: number;
  readonly name: string;
  /** User and system CPU time so far, ms, where the system tells. */
  readonly cpuMs?: number;
}

/** Looks at processes and signals them, by identity only. */
export interface ProcessTable {
  /** `undefined`: no such process (a zombie counts as none). */
  find(pid: number): ProcessInfo | undefined;
  /** Every live process of that group, and every live descendant of that pid. */
  tree(root: number): readonly ProcessInfo[];
  /** `false`: nothing was there to receive it. */
  signal(target: ProcessIdentity, signal: 'SIGTERM' | 'SIGKILL' | 'SIGINT'): boolean;
  /** Signals a whole group that we made; `false` where it is empty. */
  signalGroup(groupId: number, signal: 'SIGTERM' | 'SIGKILL'): boolean;
}

export interface PortOwner {
  readonly pid: number;
  readonly name: string;
}
export interface Ports {
  /** Whether we could listen there now. */
  isFree(host: string, port: number): Promise<boolean>;
  /** A port that is free at the moment of asking. */
  chooseFree(host: string): Promise<number>;
  /** Who listens there, where the system tells. */
  owner(port: number): Promise<PortOwner | undefined>;
}
