import type { SocketFactory, SocketHandlers, SocketOptions } from '../ports/sockets.ts';
import type { SeededRandom } from './seeded-random.ts';
import type { SimulatedClock } from './simulated-clock.ts';
import { SimulatedLine } from './simulated-line.ts';
import type { Reachability, SimulatedPeer } from './simulated-peer.ts';
import { SimulatedServer } from './simulated-server.ts';
import { VerifyingHandlers } from './verifying-handlers.ts';

/** How long things take. */
export interface NetworkConditions {
  /** Delay of each frame in one direction, ms. Frames keep their order within a connection, not across connections. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** How fast the other side takes what we send; Infinity: at once. */
  readonly bytesPerMs: number;
}

export const loopback: NetworkConditions = { minDelayMs: 0, maxDelayMs: 1, bytesPerMs: Number.POSITIVE_INFINITY };

const ports = new Map<string, number>();

/** Returns the port of an address. A simulation dials few addresses, thousands of times. */
export function portOf(url: string): number {
  const known = ports.get(url);
  if (known !== undefined) return known;
  const port = Number(new URL(url).port);
  ports.set(url, port);
  return port;
}

/** Both ends are on one machine; the number of the connection stands for our own port. */
function endsOf(url: string, number: number) {
  const [localAddress, remoteAddress] = ['127.0.0.1', '127.0.0.1'];
  return { localAddress, localPort: number, remoteAddress, remotePort: portOf(url) };
}

/**
 * A network in simulated time with configurable faults. One server answers at every address that `route` does not name.
 */
export class SimulatedNetwork implements SocketFactory {
  readonly #clock: SimulatedClock;
  readonly #random: SeededRandom;
  readonly #lines = new Set<SimulatedLine>();
  readonly #server = new SimulatedServer();
  #count = 0;
  conditions: NetworkConditions = loopback;
  /** Returns the server at an address, if there is one. */
  route: (url: string) => SimulatedServer | undefined = () => this.#server;

  constructor(clock: SimulatedClock, random: SeededRandom) {
    this.#clock = clock;
    this.#random = random;
  }

  /** Sets the handler of accepted connections. */
  listen(accept: (peer: SimulatedPeer, url: string) => void): void {
    this.#server.listen(accept);
  }

  get reachability(): Reachability {
    return this.#server.reachability;
  }

  set reachability(reachability: Reachability) {
    this.#server.reachability = reachability;
  }

  open(url: string, options: SocketOptions, handlers: SocketHandlers): SimulatedLine {
    this.#count += 1;
    const server = this.route(url);
    const { verifyPeer } = options;
    const line: SimulatedLine = new SimulatedLine(this.#count, {
      clock: this.#clock,
      options,
      handlers:
        verifyPeer === undefined
          ? handlers
          : new VerifyingHandlers({
              handlers,
              verifyPeer,
              connection: endsOf(url, this.#count),
              terminate: () => line.terminate(),
            }),
      delay: () => this.delay(),
      bytesPerMs: () => this.conditions.bytesPerMs,
      isFrozen: () => server?.isFrozen === true,
      ended: () => {
        this.#lines.delete(line);
        server?.part(line);
      },
    });
    this.#lines.add(line);
    if (server === undefined) line.dial('refused', () => undefined);
    else server.meet(line, url);
    return line;
  }

  /** Returns the delay of the next frame, ms. */
  delay(): number {
    return this.#random.between(this.conditions.minDelayMs, this.conditions.maxDelayMs);
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
    return this.#server.isFrozen;
  }

  /** As SIGSTOP would. */
  freeze(): void {
    this.#server.freeze();
  }

  /** As SIGCONT would: what had arrived meanwhile is handled now. */
  thaw(): void {
    this.#server.thaw();
  }

  /** Breaks every connection. */
  resetAll(): void {
    for (const line of [...this.#lines]) line.peer.reset();
  }
}
