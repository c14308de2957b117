import type { Clock } from '@deskclaw/core';
import type { GatewayStatus, Problem, StartRequest } from '@deskclaw/protocol';
import type { LifecycleRequest, HostLink as LinkInView, PendingRequest, ViewState } from '@deskclaw/ui/view-models';
import type { Connection, HostLink } from '../host-link/host-link.ts';
import type { LinkState } from '../host-link/state.ts';
import { isOwnedAndUp } from '../quit/quit-plan.ts';

/** The app is about to become the host itself, so it does not matter whether the old one stopped or crashed. */
function linkName(lost: boolean) {
  return lost ? ({ name: 'lost', cause: 'failure' } as const) : ({ name: 'connecting' } as const);
}

/** Converts the link state to the one of the view models. */
export function toViewLink(state: LinkState): LinkInView {
  switch (state.name) {
    case 'live':
      return { name: 'live', since: state.since };
    case 'connecting':
      return { ...linkName(state.lost), since: state.since, attempt: state.failures };
    case 'waiting':
      return {
        ...linkName(state.lost),
        since: state.since,
        attempt: state.failures,
        retryAt: state.retryAt,
        reason: state.problem.detail,
      };
    case 'ended':
      return { name: 'connecting', since: 0, attempt: 0 };
    default:
      return state satisfies never;
  }
}

export interface WatchDeps {
  readonly link: Pick<HostLink, 'state' | 'connection' | 'onChange'>;
  readonly clock: Clock;
  /** The last start request, whichever client made it. */
  readonly lastStart: () => StartRequest | undefined;
  /** Called with the problem of a refused request from tray or menu. */
  readonly onRefused: (problem: Problem) => void;
  readonly problemOf: (error: unknown) => Problem;
}

/** Tracks what tray and menus show: the newest status, whichever client caused it, and requests made here. */
export class GatewayWatch {
  readonly #deps: WatchDeps;
  readonly #listeners = new Set<(viewState: ViewState) => void>();
  #status: GatewayStatus | undefined;
  #pending: readonly PendingRequest[] = [];
  #nextId = 1;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
    deps.link.onChange((state, connection) => {
      if (state.name === 'live' && connection !== undefined) {
        this.#restartAfterHostLoss(connection);
        this.#subscribe(connection);
      }
      this.#notify();
    });
    if (deps.link.connection !== undefined) this.#subscribe(deps.link.connection);
  }

  get viewState(): ViewState {
    const { link, clock } = this.#deps;
    return {
      link: toViewLink(link.state),
      host: link.connection?.info,
      status: this.#status,
      pending: this.#pending,
      now: clock.wallTime(),
    };
  }

  onChange(listener: (viewState: ViewState) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Sends a request to the host. The effect shows in the status; a refusal is reported. */
  async ask(request: LifecycleRequest): Promise<void> {
    const { link, clock, onRefused, problemOf } = this.#deps;
    const { connection } = link;
    if (connection === undefined) return;
    const mine: PendingRequest = { id: this.#nextId, request, at: clock.wallTime() };
    this.#nextId += 1;
    this.#pending = [...this.#pending, mine];
    this.#notify();
    try {
      await send(connection, request);
    } catch (error) {
      // A request that dies with its host is reported as the lost host.
      if (link.connection === connection) onRefused(problemOf(error));
    } finally {
      this.#pending = this.#pending.filter((one) => one !== mine);
      this.#notify();
    }
  }

  /**
   * Restarts the gateway that was up when its host died. A host that shuts down stops its gateway first and says so, so
   * nothing is restarted then. A gateway that outlived its host has been adopted by now, and the start only joins it.
   */
  #restartAfterHostLoss(connection: Connection): void {
    if (connection.role !== 'host' || !isOwnedAndUp(this.#status)) return;
    const params = this.#deps.lastStart();
    if (params !== undefined) void this.ask({ method: 'gateway.start', params });
  }

  #subscribe(connection: Connection): void {
    const { client } = connection;
    let reported = false;
    const take = (status: GatewayStatus): void => {
      if (this.#deps.link.connection !== connection) return;
      this.#status = status;
      this.#notify();
    };
    client.on('gateway.status', (status) => {
      reported = true;
      take(status);
    });
    client
      .subscribe(['gateway.status'])
      .then(() => client.call('gateway.status'))
      // An event received since the subscription is at least as new as this response.
      .then((status) => (reported ? undefined : take(status)))
      // The connection ended; the link reports that.
      .catch(() => undefined);
  }

  #notify(): void {
    const { viewState } = this;
    for (const listener of [...this.#listeners]) listener(viewState);
  }
}

async function send(connection: Connection, request: LifecycleRequest): Promise<void> {
  const { client } = connection;
  switch (request.method) {
    case 'gateway.start':
      await client.call(request.method, request.params);
      return;
    case 'gateway.stop':
      await client.call(request.method, request.params);
      return;
    case 'gateway.restart':
    case 'gateway.reconnect':
      await client.call(request.method);
      return;
    default:
      request satisfies never;
  }
}
