import type { LastOutput } from '@deskclaw/protocol';
import type { Cancel } from '../ports/clock.ts';
import type { InheritedPipes, ProcessIdentity } from '../ports/spawner.ts';
import type { ChildListeners, ChildPorts, ExitStatus, ProcessHandle } from './child.ts';
import { Output, type OutputCounts } from './output.ts';
import { sameProcess } from './ownership.ts';
import { lastOutputOf, Transcript } from './transcript.ts';

/** The system does not report the exit of a process that is not our child: poll. One poll is one small read. */
const POLL_INTERVAL_MS = 250;

/**
 * A process that an earlier host started. Its end is noticed, its exit code is unknown. Its output is available only if
 * that
 * host handed over the pipes; they end when a host dies.
 */
export class AdoptedChild implements ProcessHandle {
  readonly transcript = new Transcript();
  /** Pipes are handed over only once. */
  readonly pipeEnds = undefined;
  readonly drained: Promise<void>;
  readonly identity: ProcessIdentity;
  readonly #ports: ChildPorts;
  readonly #listeners: Pick<ChildListeners, 'exited' | 'line'>;
  readonly #output: Output;
  readonly #redact: ChildPorts['redact'];
  readonly #pipes: InheritedPipes | undefined;
  #timer: Cancel | undefined;
  #exit: ExitStatus | undefined;
  #isStopped = false;
  #settleDrained: () => void = () => undefined;

  constructor(ports: ChildPorts, identity: ProcessIdentity, listeners: Pick<ChildListeners, 'exited' | 'line'>) {
    this.#ports = ports;
    this.identity = identity;
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
    this.#pipes = ports.spawner.inherit?.({
      output: (stream, chunk) => this.#output.push(stream, chunk),
      drained: () => this.#pipesClosed(),
    });
    if (this.#pipes === undefined) this.#settleDrained();
    this.#schedulePoll();
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

  releaseLifeline(): void {
    this.#pipes?.releaseLifeline();
  }

  abandonOutput(): void {
    this.#pipes?.abandonOutput();
  }

  stopWatching(): void {
    this.#isStopped = true;
    this.#timer?.();
    this.#timer = undefined;
  }

  #pipesClosed(): void {
    this.#output.end();
    this.#settleDrained();
    // The pipes mostly end because the process exited.
    if (this.#timer === undefined) return;
    this.#timer();
    this.#poll();
  }

  #isAlive(): boolean {
    try {
      return sameProcess(this.identity, this.#ports.processes.find(this.identity.pid));
    } catch {
      // A failed lookup is no proof of death.
      return true;
    }
  }

  #schedulePoll(): void {
    this.#timer = this.#ports.clock.schedule(POLL_INTERVAL_MS, () => this.#poll());
  }

  #poll(): void {
    this.#timer = undefined;
    if (this.#isAlive()) {
      this.#schedulePoll();
      return;
    }
    this.#exit = { code: null, signal: null };
    this.#listeners.exited(this.#exit);
  }
}
