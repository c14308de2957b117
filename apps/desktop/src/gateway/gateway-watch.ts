import type { Clock } from '@deskclaw/core';
import type { GatewayStatus, Problem, StartRequest } from '@deskclaw/protocol';
import type { LifecycleRequest, HostLink as LinkInView, PendingRequest, ViewState } from '@deskclaw/ui/view-models';
import type { Connection, HostLink } from '../host-link/host-link.ts';
import type { LinkState } from '../host-link/state.ts';
import { isOwnedAndUp } from '../quit/quit-plan.ts';

/** Whether the host ended or vanished is not told here: the app is about to be the host itself. */
function linkName(lost: boolean) {
  return lost ? ({ name: 'lost', graceful: false } as const) : ({ name: 'connecting' } as const);
}

/** The link in the words of the view models. */
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
  /** Which gateway was started last, by whatever shell. */
  readonly lastStart: () => StartRequest | undefined;
  /** What a request from tray or menu was refused with. */
  readonly onRefused: (problem: Problem) => void;
  readonly problemOf: (error: unknown) => Problem;
}

/** What tray and menus are made from: the newest status, whoever caused it, and what was asked from here. */
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

  /** Asks the host; what comes of it shows in the status, a refusal is told. */
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
      // A request that dies with its host is told by the loss of the host.
      if (link.connection === connection) onRefused(problemOf(error));
    } finally {
      this.#pending = this.#pending.filter((one) => one !== mine);
      this.#notify();
    }
  }

  /**
   * A host that ends by itself stops its gateway first and says so. One that died with a gateway up takes the wish to have
   * it up with it: the app, now the host itself, starts that gateway again. One that outlived its host has been taken back
   * by then, and this only joins in.
   */
  #restartAfterHostLoss(connection: Connection): void {
    if (connection.role !== 'host' || !isOwnedAndUp(this.#status)) return;
    const params = this.#deps.lastStart();
    if (params !== undefined) void this.ask({ method: 'gateway.start', params });
  }

  #subscribe(connection: Connection): void {
    const { client } = connection;
    let told = false;
    const take = (status: GatewayStatus): void => {
      if (this.#deps.link.connection !== connection) return;
      this.#status = status;
      this.#notify();
    };
    client.on('gateway.status', (status) => {
      told = true;
      take(status);
    });
    client
      .subscribe(['gateway.status'])
      .then(() => client.call('gateway.status'))
      // Whatever was told since the subscription is at least as new as this answer.
      .then((status) => (told ? undefined : take(status)))
      // The end of the connection, which the link tells.
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
