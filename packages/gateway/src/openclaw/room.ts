import type { RunEvent } from '../chat/run-events.ts';
import type { TokenCheck } from '../door/credentials.ts';
import type { FaultSeams } from '../faults/seams.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import { GATEWAY_VERSION } from '../version.ts';
import type { ConnectRequest } from './connect-params.ts';
import type { Devices } from './devices.ts';
import { Presence } from './presence.ts';
import { RunFrames } from './run-frames.ts';
import { RunFramesV3 } from './run-frames-v3.ts';
import type { RunTeller } from './run-teller.ts';

const HEALTH_EVERY_MS = 60_000;
/** Measured: a wrong token is answered 250 ms late, then twice as late each time, up to 5 s. */
const FIRST_GUESS_DELAY_MS = 250;
const MAX_GUESS_DELAY_MS = 5000;

export interface Member {
  readonly connectionId: string;
  event(event: string, payload: unknown, stateVersion?: object): void;
}

export interface RoomPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly token: TokenCheck;
  readonly devices: Devices;
  readonly faults: FaultSeams;
  readonly tickIntervalMs: number;
  readonly maxPayload: number;
  readonly healthPayload: () => object;
  /** Of this start; an in-process restart has another. */
  readonly bootId: () => string;
}

/** What all OpenClaw connections of one gateway share. */
export class Room {
  readonly ports: RoomPorts;
  readonly presence: Presence;
  readonly #runTeller: RunTeller;
  readonly #members = new Set<Member>();
  #healthVersion = 1;
  #wrongGuesses = 0;
  #sharedSeq = 0;
  #cancelHealth: (() => void) | undefined;

  constructor(ports: RoomPorts) {
    this.ports = ports;
    this.presence = new Presence(GATEWAY_VERSION, ports.clock.wallTime());
    this.#runTeller = this.protocol === 3 ? new RunFramesV3() : new RunFrames(ports.random);
  }

  get protocol(): 3 | 4 {
    return this.ports.faults.openClawProtocol;
  }

  get stateVersion(): { readonly presence: number; readonly health: number } {
    return { presence: this.presence.version, health: this.#healthVersion };
  }

  /** Protocol 3 numbers events once for all connections; 4 does so for each. */
  nextSharedSeq(): number {
    this.#sharedSeq += 1;
    return this.#sharedSeq;
  }

  framesFor(event: RunEvent): ReturnType<RunTeller['framesFor']> {
    return this.#runTeller.framesFor(event);
  }

  enter(member: Member, request: ConnectRequest): void {
    this.presence.enter(member.connectionId, request, this.ports.clock.wallTime());
    this.#tellPresence();
    this.#members.add(member);
    this.#cancelHealth ??= this.#healthLater();
  }

  leave(member: Member): void {
    this.#members.delete(member);
    if (this.presence.leave(member.connectionId)) this.#tellPresence();
    if (this.#members.size > 0) return;
    this.#cancelHealth?.();
    this.#cancelHealth = undefined;
  }

  tellHealth(): void {
    this.#healthVersion += 1;
    this.#tell('health', this.ports.healthPayload());
  }

  /** How late the next wrong secret is answered. */
  nextGuessDelayMs(): number {
    const delay = FIRST_GUESS_DELAY_MS * 2 ** this.#wrongGuesses;
    this.#wrongGuesses += 1;
    return Math.min(delay, MAX_GUESS_DELAY_MS);
  }

  #tellPresence(): void {
    this.#tell('presence', { presence: this.presence.list() });
  }

  #tell(event: string, payload: unknown): void {
    for (const member of this.#members) member.event(event, payload, this.stateVersion);
  }

  #healthLater(): () => void {
    return this.ports.clock.schedule(HEALTH_EVERY_MS, () => {
      this.tellHealth();
      this.#cancelHealth = this.#healthLater();
    });
  }
}
