import type { Cancel, Clock } from '../ports/clock.ts';
import type { ProcessIdentity, ProcessTable } from '../ports/spawner.ts';
import type { ChildEnd, ChildListeners, Watched } from './child.ts';
import type { OutputCounts } from './output.ts';
import { sameProcess } from './ownership.ts';
import { Transcript } from './transcript.ts';

/** Nobody tells us of the end of a process that is not our child: we look. One look is one small read. */
const LOOK_EVERY_MS = 250;
const nothing: OutputCounts = { bytes: 0, lines: 0, droppedBytes: 0 };

/**
 * A process that another host of ours started and that outlived it. Its end is seen, but not its exit code, and its
 * pipes ended with that host.
 */
export class AdoptedChild implements Watched {
  readonly transcript = new Transcript();
  readonly counts = nothing;
  readonly drained: Promise<void>;
  readonly identity: ProcessIdentity;
  readonly #ports: { readonly processes: ProcessTable; readonly clock: Clock };
  readonly #listeners: Pick<ChildListeners, 'exited'>;
  #timer: Cancel | undefined;
  #end: ChildEnd | undefined;
  #settleDrained: () => void = () => undefined;

  constructor(
    ports: { readonly processes: ProcessTable; readonly clock: Clock },
    identity: ProcessIdentity,
    listeners: Pick<ChildListeners, 'exited'>,
  ) {
    this.#ports = ports;
    this.identity = identity;
    this.#listeners = listeners;
    this.drained = new Promise((resolve) => {
      this.#settleDrained = resolve;
    });
    this.#watch();
  }

  get end(): ChildEnd | undefined {
    return this.#end;
  }

  releaseLifeline(): void {}

  abandonOutput(): void {}

  forget(): void {
    this.#timer?.();
    this.#timer = undefined;
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
    this.#timer = this.#ports.clock.schedule(LOOK_EVERY_MS, () => {
      this.#timer = undefined;
      if (this.#lives()) {
        this.#watch();
        return;
      }
      this.#end = { code: null, signal: null };
      this.#settleDrained();
      this.#listeners.exited(this.#end);
    });
  }
}
