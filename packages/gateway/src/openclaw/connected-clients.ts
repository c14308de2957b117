import type { RunEvent } from '../chat/run.ts';
import type { FaultHooks } from '../faults/fault-hooks.ts';
import { GATEWAY_VERSION } from '../options.ts';
import type { Clock, Random } from '../ports/clock.ts';
import type { TokenCheck } from '../server/access.ts';
import type { ConnectRequest } from './connect-params.ts';
import type { Devices } from './devices.ts';
import { Presence } from './presence.ts';
import { type RunBroadcaster, RunFrames } from './run-frames.ts';
import { RunFramesV3 } from './run-frames-v3.ts';

const HEALTH_INTERVAL_MS = 60_000;
/** Measured: a wrong token is answered 250 ms late, then twice as late each time, up to 5 s. */
const FIRST_GUESS_DELAY_MS = 250;
const MAX_GUESS_DELAY_MS = 5000;

export interface ConnectedClient {
  readonly connectionId: string;
  event(event: string, payload: unknown, stateVersion?: object): void;
}

export interface ConnectedClientsPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly token: TokenCheck;
  readonly devices: Devices;
  readonly faults: FaultHooks;
  readonly tickIntervalMs: number;
  readonly maxPayload: number;
  readonly healthPayload: () => object;
  /** Id of this start; an in-process restart has another one. */
  readonly bootId: () => string;
}

/** State that all OpenClaw connections of one gateway share. */
export class ConnectedClients {
  readonly ports: ConnectedClientsPorts;
  readonly presence: Presence;
  readonly #runBroadcaster: RunBroadcaster;
  readonly #clients = new Set<ConnectedClient>();
  #healthVersion = 1;
  #wrongGuesses = 0;
  #sharedSeq = 0;
  #cancelHealth: (() => void) | undefined;

  constructor(ports: ConnectedClientsPorts) {
    this.ports = ports;
    this.presence = new Presence(GATEWAY_VERSION, ports.clock.wallTime());
    this.#runBroadcaster = this.protocol === 3 ? new RunFramesV3() : new RunFrames(ports.random);
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

  framesFor(event: RunEvent): ReturnType<RunBroadcaster['framesFor']> {
    return this.#runBroadcaster.framesFor(event);
  }

  add(client: ConnectedClient, request: ConnectRequest): void {
    this.presence.add(client.connectionId, request, this.ports.clock.wallTime());
    this.#broadcastPresence();
    this.#clients.add(client);
    this.#cancelHealth ??= this.#scheduleHealth();
  }

  remove(client: ConnectedClient): void {
    this.#clients.delete(client);
    if (this.presence.remove(client.connectionId)) this.#broadcastPresence();
    if (this.#clients.size > 0) return;
    this.#cancelHealth?.();
    this.#cancelHealth = undefined;
  }

  broadcastHealth(): void {
    this.#healthVersion += 1;
    this.#broadcast('health', this.ports.healthPayload());
  }

  /** How late the next wrong secret is answered. */
  nextGuessDelayMs(): number {
    const delay = FIRST_GUESS_DELAY_MS * 2 ** this.#wrongGuesses;
    this.#wrongGuesses += 1;
    return Math.min(delay, MAX_GUESS_DELAY_MS);
  }

  #broadcastPresence(): void {
    this.#broadcast('presence', { presence: this.presence.list() });
  }

  #broadcast(event: string, payload: unknown): void {
    for (const client of this.#clients) client.event(event, payload, this.stateVersion);
  }

  #scheduleHealth(): () => void {
    return this.ports.clock.schedule(HEALTH_INTERVAL_MS, () => {
      this.broadcastHealth();
      this.#cancelHealth = this.#scheduleHealth();
    });
  }
}
