import type { SocketFactory, SocketHandlers, SocketOptions } from '../ports/sockets.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimulatedClock } from './simulated-clock.ts';
import { SimulatedLine } from './simulated-line.ts';
import type { Reachability, SimulatedPeer } from './simulated-peer.ts';

/** How long things take. */
export interface NetworkConditions {
  /** One way, each frame, ms. Frames of one connection keep their order, those of two do not. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** How fast the other side takes what we send; Infinity: at once. */
  readonly bytesPerMs: number;
}

export const loopback: NetworkConditions = { minDelayMs: 0, maxDelayMs: 1, bytesPerMs: Number.POSITIVE_INFINITY };

/** A network in simulated time, as unkind as it is told to be. */
export class SimulatedNetwork implements SocketFactory {
  readonly #clock: SimulatedClock;
  readonly #random: SeededRandom;
  readonly #lines = new Set<SimulatedLine>();
  #accept: (peer: SimulatedPeer, url: string) => void = () => undefined;
  #count = 0;
  conditions: NetworkConditions = loopback;
  reachability: Reachability = 'open';
  /** Whether the program at the other end runs. Stopped, the system still accepts connections and keeps what arrives. */
  #isFrozen = false;

  constructor(clock: SimulatedClock, random: SeededRandom) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Who answers. */
  listen(accept: (peer: SimulatedPeer, url: string) => void): void {
    this.#accept = accept;
  }

  open(url: string, options: SocketOptions, handlers: SocketHandlers): SimulatedLine {
    this.#count += 1;
    const line = new SimulatedLine(this.#count, {
      clock: this.#clock,
      options,
      handlers,
      delay: () => this.#random.between(this.conditions.minDelayMs, this.conditions.maxDelayMs),
      bytesPerMs: () => this.conditions.bytesPerMs,
      isFrozen: () => this.#isFrozen,
      ended: () => this.#lines.delete(line),
    });
    this.#lines.add(line);
    line.dial(this.reachability, () => this.#accept(line.peer, url));
    return line;
  }

  /** Sockets dialled so far. */
  get dialled(): number {
    return this.#count;
  }

  /** Sockets of the program that have not ended. */
  get liveSockets(): number {
    return this.#lines.size;
  }

  get isFrozen(): boolean {
    return this.#isFrozen;
  }

  /** As SIGSTOP would. */
  freeze(): void {
    this.#isFrozen = true;
  }

  /** As SIGCONT would: what had arrived meanwhile is handled now. */
  thaw(): void {
    this.#isFrozen = false;
    for (const line of [...this.#lines]) line.thaw();
  }

  /** Breaks every connection. */
  resetAll(): void {
    for (const line of [...this.#lines]) line.peer.reset();
  }
}
