import type { LastOutput } from '@deskclaw/protocol';
import type { Clock } from '../ports/clock.ts';
import type { PipeEnds, ProcessIdentity, ProcessTable, Spawner, SpawnFailure, SpawnRequest } from '../ports/spawner.ts';
import type { OutputLine } from './line-level.ts';
import { Output, type OutputCounts } from './output.ts';
import { findIfPossible } from './ownership.ts';
import { lastOutputOf, Transcript } from './transcript.ts';

export interface ExitStatus {
  readonly code: number | null;
  readonly signal: string | null;
}
export interface ChildPorts {
  readonly spawner: Spawner;
  readonly processes: ProcessTable;
  readonly clock: Clock;
  readonly redact?: (text: string) => string;
}
export interface ChildListeners {
  spawned(child: ProcessIdentity): void;
  failed(failure: SpawnFailure): void;
  line(line: OutputLine): void;
  /** Called when the process exited; its pipes may still hold lines. */
  exited(end: ExitStatus): void;
}

/** A process that is watched until it exits, whether spawned or adopted. */
export interface ProcessHandle {
  readonly identity: ProcessIdentity | undefined;
  /** Set once the process exited. */
  readonly exit: ExitStatus | undefined;
  readonly transcript: Transcript;
  readonly counts: OutputCounts;
  /** The last meaningful output: an unfinished line (a prompt), else the last error, else the last line with words. */
  readonly lastOutput: LastOutput | undefined;
  /** Our ends of the pipes, for the next host to inherit; absent where they cannot be inherited. */
  readonly pipeEnds: PipeEnds | undefined;
  /** Resolves once the process exited and all its output was read. */
  readonly drained: Promise<void>;
  releaseLifeline(): void;
  /** Stops reading pipes that another process keeps open. */
  abandonOutput(): void;
  /** Stops watching: no listener is called any more. */
  stopWatching(): void;
}

/** Returns an identity that matches nothing if the process is gone or cannot be read. */
function identify(pid: number, processes: ProcessTable): ProcessIdentity {
  return { pid, startMark: findIfPossible(pid, processes)?.startMark ?? '' };
}

/** A spawned child, until it exited and both pipes are drained. Both pipes are always read to the end. */
export class Child implements ProcessHandle {
  readonly transcript = new Transcript();
  readonly drained: Promise<void>;
  readonly #output: Output;
  readonly #listeners: ChildListeners;
  readonly #handle: ReturnType<Spawner['spawn']>;
  readonly #redact: ChildPorts['redact'];
  #identity: ProcessIdentity | undefined;
  #exit: ExitStatus | undefined;
  #pipesOpen = true;
  #isStopped = false;
  #settleDrained: () => void = () => undefined;

  constructor(ports: ChildPorts, request: SpawnRequest, listeners: ChildListeners) {
    this.#listeners = listeners;
    this.drained = new Promise((resolve) => {
      this.#settleDrained = resolve;
    });
    const { redact } = ports;
    this.#redact = redact;
    this.#output = new Output(ports.clock, (raw) => {
      const line = redact === undefined ? raw : { ...raw, text: redact(raw.text) };
      this.transcript.add(line);
      if (!this.#isStopped) listeners.line(line);
    });
    this.#handle = ports.spawner.spawn(request, {
      spawned: (pid) => {
        this.#identity = identify(pid, ports.processes);
        if (!this.#isStopped) listeners.spawned(this.#identity);
      },
      failed: (failure) => {
        this.#closePipes();
        if (!this.#isStopped) listeners.failed(failure);
      },
      output: (stream, chunk) => this.#output.push(stream, chunk),
      exited: (code, signal) => this.#exited({ code, signal }),
      drained: () => this.#closePipes(),
    });
  }

  get identity(): ProcessIdentity | undefined {
    return this.#identity;
  }

  get exit(): ExitStatus | undefined {
    return this.#exit;
  }

  get counts(): OutputCounts {
    return this.#output.counts;
  }

  get lastOutput(): LastOutput | undefined {
    return lastOutputOf(this.#output.unfinished, this.transcript, this.#redact);
  }

  get pipeEnds(): PipeEnds | undefined {
    return this.#handle.pipeEnds;
  }

  releaseLifeline(): void {
    this.#handle.releaseLifeline();
  }

  abandonOutput(): void {
    this.#handle.abandonOutput();
    this.#closePipes();
  }

  stopWatching(): void {
    this.#isStopped = true;
  }

  #exited(end: ExitStatus): void {
    this.#exit = end;
    if (!this.#pipesOpen) this.#settleDrained();
    if (!this.#isStopped) this.#listeners.exited(end);
  }

  #closePipes(): void {
    if (!this.#pipesOpen) return;
    this.#pipesOpen = false;
    this.#output.end();
    if (this.#exit !== undefined) this.#settleDrained();
  }
}
