import type { Cancel } from '../ports/clock.ts';
import type { InheritedPipes, ProcessIdentity } from '../ports/spawner.ts';
import type { ChildEnd, ChildListeners, ChildPorts, Watched } from './child.ts';
import { Output, type OutputCounts } from './output.ts';
import { sameProcess } from './ownership.ts';
import { Transcript } from './transcript.ts';

/** Nobody tells us of the end of a process that is not our child: we look. One look is one small read. */
const LOOK_EVERY_MS = 250;

/**
 * A process that another host of ours started. Its end is seen, but not its exit code. What it says is heard where that host
 * left us its pipes; where it died, they ended with it.
 */
export class AdoptedChild implements Watched {
  readonly transcript = new Transcript();
  /** Passed on once; nobody needs that twice. */
  readonly pipeEnds = undefined;
  readonly drained: Promise<void>;
  readonly identity: ProcessIdentity;
  readonly #ports: ChildPorts;
  readonly #listeners: Pick<ChildListeners, 'exited' | 'line'>;
  readonly #output: Output;
  readonly #pipes: InheritedPipes | undefined;
  #timer: Cancel | undefined;
  #end: ChildEnd | undefined;
  #forgotten = false;
  #settleDrained: () => void = () => undefined;

  constructor(ports: ChildPorts, identity: ProcessIdentity, listeners: Pick<ChildListeners, 'exited' | 'line'>) {
    this.#ports = ports;
    this.identity = identity;
    this.#listeners = listeners;
    this.drained = new Promise((resolve) => {
      this.#settleDrained = resolve;
    });
    const { redact } = ports;
    this.#output = new Output(ports.clock, (raw) => {
      const line = redact === undefined ? raw : { ...raw, text: redact(raw.text) };
      this.transcript.note(line);
      if (!this.#forgotten) listeners.line(line);
    });
    this.#pipes = ports.spawner.inherit?.({
      output: (stream, chunk) => this.#output.push(stream, chunk),
      drained: () => this.#fallSilent(),
    });
    if (this.#pipes === undefined) this.#settleDrained();
    this.#watch();
  }

  get end(): ChildEnd | undefined {
    return this.#end;
  }

  get counts(): OutputCounts {
    return this.#output.counts;
  }

  releaseLifeline(): void {
    this.#pipes?.releaseLifeline();
  }

  abandonOutput(): void {
    this.#pipes?.abandonOutput();
  }

  forget(): void {
    this.#forgotten = true;
    this.#timer?.();
    this.#timer = undefined;
  }

  #fallSilent(): void {
    this.#output.end();
    this.#settleDrained();
    // The end of its pipes is mostly its own.
    if (this.#timer === undefined) return;
    this.#timer();
    this.#look();
  }

  #lives(): boolean {
    try {
      return sameProcess(this.identity, this.#ports.processes.find(this.identity.pid));
    } catch {
      // No look to be had just now is no death.
      return true;
    }
  }

  #watch(): void {
    this.#timer = this.#ports.clock.schedule(LOOK_EVERY_MS, () => this.#look());
  }

  #look(): void {
    this.#timer = undefined;
    if (this.#lives()) {
      this.#watch();
      return;
    }
    this.#end = { code: null, signal: null };
    this.#listeners.exited(this.#end);
  }
}
