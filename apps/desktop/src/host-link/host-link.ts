import type { Clock, ControlClient, FrameChannel, PipeEnds, Random } from '@deskclaw/core';
import type { HostInfo, Problem } from '@deskclaw/protocol';
import { firstLinkStep, reduceLink } from './reducer.ts';
import type { LinkEffect, LinkEvent, LinkState, LinkStep, Role } from './state.ts';

/** A working connection to the host. */
export interface Connection {
  readonly role: Role;
  readonly info: HostInfo;
  /** The app's own: tray, menus, quitting. */
  readonly client: ControlClient;
  /** Opens another channel to the host, for a page. */
  openChannel(): Promise<FrameChannel>;
  /** Leaves the host: keeps a joined one running; shuts an own one down together with its gateway. */
  leave(options?: { readonly force?: boolean }): Promise<void>;
  /**
   * Releases an own host without stopping its gateway, and lets `successor` start the host that continues. Resolves
   * with `undefined`, changing nothing, when there is no gateway that can be handed over.
   */
  handOver<T>(successor: (pipes: PipeEnds | undefined) => Promise<T>): Promise<T | undefined>;
}

export type StartHostResult =
  | { readonly kind: 'started'; readonly connection: Connection }
  | { readonly kind: 'lost-race'; readonly problem: Problem };

export interface LinkPorts {
  readonly clock: Clock;
  readonly random: Pick<Random, 'next'>;
  /** `undefined`: no host runs. Rejects where one runs that cannot be used. */
  readonly find: () => Promise<Connection | undefined>;
  readonly startHost: () => Promise<StartHostResult>;
  readonly problemOf: (error: unknown) => Problem;
}

/**
 * Keeps the app connected to the host of the profile: joins a running one, starts one if there is none, and reconnects
 * when it ends.
 */
export class HostLink {
  readonly #ports: LinkPorts;
  readonly #listeners = new Set<(state: LinkState, connection: Connection | undefined) => void>();
  #state: LinkState;
  #connection: Connection | undefined;
  #cancelWait: (() => void) | undefined;

  constructor(ports: LinkPorts) {
    this.#ports = ports;
    const first = firstLinkStep(ports.clock.wallTime());
    this.#state = first.state;
    this.#perform(first.effects);
  }

  get state(): LinkState {
    return this.#state;
  }

  get connection(): Connection | undefined {
    return this.#connection;
  }

  /** Called at every change; the connection is there exactly while the state is `live`. */
  onChange(listener: (state: LinkState, connection: Connection | undefined) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves with the current or next connection. Rejects once the link has ended. */
  whenLive(): Promise<Connection> {
    if (this.#connection !== undefined) return Promise.resolve(this.#connection);
    if (this.#state.name === 'ended') return Promise.reject(new Error('the app is quitting'));
    return new Promise((resolve, reject) => {
      const stop = this.onChange((state, connection) => {
        if (connection !== undefined) resolve(connection);
        else if (state.name === 'ended') reject(new Error('the app is quitting'));
        else return;
        stop();
      });
    });
  }

  retryNow(): void {
    this.#dispatch({ type: 'retry' });
  }

  /** Stops reconnecting. Does not leave the host: the quit controller decides that. */
  end(): void {
    this.#dispatch({ type: 'end' });
  }

  #dispatch(event: LinkEvent): void {
    const next: LinkStep = reduceLink(this.#state, event, this.#ports.random.next());
    if (next.state === this.#state) return;
    this.#state = next.state;
    if (next.state.name !== 'live') this.#connection = undefined;
    this.#perform(next.effects);
    for (const listener of [...this.#listeners]) listener(this.#state, this.#connection);
  }

  #perform(effects: readonly LinkEffect[]): void {
    for (const effect of effects) {
      switch (effect.type) {
        case 'find':
          this.#cancelWait?.();
          void this.#find();
          break;
        case 'start-host':
          void this.#startHost();
          break;
        case 'wait':
          this.#cancelWait = this.#ports.clock.schedule(effect.delayMs, () => this.#dispatch({ type: 'retry' }));
          break;
        case 'cancel-wait':
          this.#cancelWait?.();
          break;
        default:
          effect satisfies never;
      }
    }
  }

  async #find(): Promise<void> {
    try {
      const connection = await this.#ports.find();
      if (connection === undefined) this.#dispatch({ type: 'none' });
      else this.#settle(connection, { type: 'found', info: connection.info, at: this.#now() });
    } catch (error) {
      this.#fail(error);
    }
  }

  async #startHost(): Promise<void> {
    try {
      const result = await this.#ports.startHost();
      if (result.kind === 'started') this.#reached(result.connection);
      else this.#dispatch({ type: 'lost-race', problem: result.problem, at: this.#now() });
    } catch (error) {
      this.#fail(error);
    }
  }

  #reached(connection: Connection): void {
    const { role, info } = connection;
    this.#settle(connection, { type: 'started', role, info, at: this.#now() });
  }

  #settle(connection: Connection, event: LinkEvent): void {
    if (this.#state.name !== 'connecting') {
      // The app started to quit meanwhile.
      void connection.leave().catch(() => undefined);
      return;
    }
    this.#connection = connection;
    void connection.client.closed.then(() => {
      if (this.#connection === connection) this.#dispatch({ type: 'lost', at: this.#now() });
    });
    this.#dispatch(event);
  }

  #fail(error: unknown): void {
    this.#dispatch({ type: 'failed', problem: this.#ports.problemOf(error), at: this.#now() });
  }

  #now(): number {
    return this.#ports.clock.wallTime();
  }
}

/** A single failure is often a host that is just starting or stopping. */
const FAILURES_BEFORE_NOTICE = 2;

/**
 * Reports a problem that keeps the app from every host (broken configuration, full disk) once, and again when it
 * changes or returns.
 */
export function createProblemNotifier(tell: (problem: Problem) => void): (state: LinkState) => void {
  let reported: string | undefined;
  return (state) => {
    if (state.name === 'live') reported = undefined;
    if (state.name !== 'waiting' || state.failures < FAILURES_BEFORE_NOTICE || state.problem.detail === reported)
      return;
    reported = state.problem.detail;
    tell(state.problem);
  };
}
