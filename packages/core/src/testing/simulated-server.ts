import type { SimulatedLine } from './simulated-line.ts';
import type { Reachability, SimulatedPeer } from './simulated-peer.ts';

/** A program that listens on a simulated network. Stopped, the system still accepts connections for it and keeps what arrives. */
export class SimulatedServer {
  readonly #lines = new Set<SimulatedLine>();
  #accept: (peer: SimulatedPeer, url: string) => void = () => undefined;
  #isFrozen = false;
  reachability: Reachability = 'open';

  /** Sets the handler of accepted connections. */
  listen(accept: (peer: SimulatedPeer, url: string) => void): void {
    this.#accept = accept;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** As SIGSTOP would. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** Resumes as after SIGCONT, and handles what arrived meanwhile. */
  thaw(): void {
    this.#isFrozen = false;
    for (const line of [...this.#lines]) line.thaw();
  }

  /** Breaks every connection, including those not accepted yet. */
  resetAll(): void {
    for (const line of [...this.#lines]) line.peer.reset();
  }

  /** The network's: a new connection is dialled. */
  meet(line: SimulatedLine, url: string): void {
    this.#lines.add(line);
    line.dial(this.reachability, () => this.#accept(line.peer, url));
  }

  /** The network's: a connection is over. */
  part(line: SimulatedLine): void {
    this.#lines.delete(line);
  }
}
