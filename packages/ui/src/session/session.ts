import { backoffDelay, SESSION_REFUSED } from '@deskclaw/protocol';
import { Chat } from '../chat/chat.ts';
import type { ChatState } from '../chat/conversation.ts';
import { errorMessage, parseLogAnswer, toProblem } from '../host/payloads.ts';
import { type HostConnection, listen, type SessionPorts } from './host-connection.ts';
import { Inbox } from './inbox.ts';
import { loadInitialState } from './load-initial-state.ts';
import { isFiltered, LOG_PAGE, type LogFilter, logQuery, olderLimit } from './log-tail.ts';
import { RenderScheduler } from './render-scheduler.ts';
import {
  initialState,
  type LifecycleRequest,
  type LossCause,
  reduce,
  type SessionEvent,
  type SessionState,
} from './state.ts';

/** Close code of an announced shutdown. */
const GOING_AWAY = 1001;
/** A connection that lasted this long, ms, resets the failure count. */
const STABLE_CONNECTION_MS = 5_000;
/** The checks of a silent gateway time out after 5 s. */
const HEALTH_TIMEOUT_MS = 15_000;
/** A search of the host may take 2 s, and others may wait before it. */
const LOG_TIMEOUT_MS = 10_000;
/** The host is on this machine, so looking for it is cheap; the jitter keeps many tabs apart. */
const retryPolicy = { baseDelayMs: 250, maxDelayMs: 5_000 };

interface Loss {
  readonly reason: string;
  readonly cause?: LossCause;
  /** Since when it had been live, if it was. */
  readonly liveAt?: number | undefined;
}

function causeOf(closeCode: number): LossCause {
  if (closeCode === SESSION_REFUSED) return 'session-refused';
  return closeCode === GOING_AWAY ? 'host-ended' : 'failure';
}

export interface Snapshot extends SessionState {
  readonly chat: ChatState;
}

function ask(connection: HostConnection, request: LifecycleRequest): Promise<unknown> {
  switch (request.method) {
    case 'gateway.start':
      return connection.call(request.method, request.params);
    case 'gateway.stop':
      return connection.call(request.method, request.params);
    case 'gateway.restart':
    case 'gateway.reconnect':
      return connection.call(request.method);
    default:
      return request satisfies never;
  }
}

/** Connects a screen to its host: loads the state, follows events and reconnects after a loss. */
export class Session {
  readonly chat: Chat;
  readonly #ports: SessionPorts;
  readonly #inbox = new Inbox();
  readonly #renderScheduler: RenderScheduler;
  readonly #listeners = new Set<() => void>();
  #state: SessionState;
  #snapshot: Snapshot;
  #connection: HostConnection | undefined;
  #failures = 0;
  #nextRequest = 1;
  #cancelRetry: (() => void) | undefined;
  #over = false;

  constructor(ports: SessionPorts) {
    this.#ports = ports;
    this.#renderScheduler = new RenderScheduler(ports, () => this.#flush());
    this.#state = initialState(ports.clock.wallTime());
    this.chat = new Chat({
      clock: ports.clock,
      random: ports.random,
      rpc: (method, params, idempotencyKey) => this.#rpc(method, params, idempotencyKey),
      changed: () => this.#renderScheduler.request(),
    });
    this.#snapshot = { ...this.#state, chat: this.chat.state };
    this.#open();
  }

  /** Returns the same object until something changes, as `useSyncExternalStore` requires. */
  readonly getSnapshot = (): Snapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Sends a request. The effect shows in the status, a refusal in `refusal`. */
  readonly request = (request: LifecycleRequest): void => {
    const connection = this.#connection;
    if (connection === undefined || this.#state.link.name !== 'live') return;
    const id = this.#nextRequest++;
    this.#dispatch({ type: 'requested', id, request, at: this.#wallTime() });
    ask(connection, request).then(
      () => this.#dispatch({ type: 'answered', id }),
      (error: unknown) => {
        // A request that dies with its connection is reported as the lost connection.
        if (this.#connection !== connection) return;
        this.#dispatch({ type: 'refused', id, problem: toProblem(error, 'internal', this.#wallTime()) });
      },
    );
  };

  /** Shows the newest lines that match; the host searches, which holds more than this page. */
  readonly filterLogs = (filter: LogFilter): void => this.#queryLogs({ ...filter }, LOG_PAGE);

  readonly loadOlderLogs = (): void => {
    const { logs } = this.#state;
    const limit = olderLimit(logs);
    if (limit !== undefined && logs.query !== 'pending') this.#queryLogs({ ...logs.filter }, limit);
  };

  /** Has the gateway checked; the result comes as the event that every client gets. */
  readonly checkHealth = (): void => {
    const connection = this.#connection;
    if (connection === undefined || this.#state.link.name !== 'live' || this.#state.checking) return;
    this.#dispatch({ type: 'checking', now: true });
    const done = () => {
      if (this.#connection === connection) this.#dispatch({ type: 'checking', now: false });
    };
    connection.call('gateway.health', undefined, { timeoutMs: HEALTH_TIMEOUT_MS }).then(done, done);
  };

  readonly dismissRefusal = (): void => this.#dispatch({ type: 'dismissed' });

  /** Ends the wait before the next connection attempt. */
  readonly retryNow = (): void => {
    if (this.#over || this.#connection !== undefined) return;
    this.#cancelRetry?.();
    this.#dispatch({ type: 'retrying' });
    this.#open();
  };

  close(): void {
    this.#over = true;
    this.#cancelRetry?.();
    this.#renderScheduler.close();
    this.chat.close();
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close();
  }

  #open(): void {
    let connection: HostConnection;
    try {
      connection = this.#ports.connect(() => {
        this.#inbox.addMalformed();
        this.#renderScheduler.request();
      });
    } catch (error) {
      this.#ended({ reason: errorMessage(error) });
      return;
    }
    this.#connection = connection;
    this.#follow(connection);
    void this.#loadInitialState(connection);
    void connection.closed.then((end) => {
      const liveAt = this.#state.link.name === 'live' ? this.#state.link.since : undefined;
      const reason = end.reason === '' ? `connection closed (code ${String(end.code)})` : end.reason;
      this.#lose(connection, { reason, cause: causeOf(end.code), liveAt });
    });
  }

  #follow(connection: HostConnection): void {
    listen(connection, {
      isCurrent: () => this.#connection === connection,
      inbox: this.#inbox,
      now: () => this.#wallTime(),
      onStatus: (status) => this.chat.onGatewayStatus(status),
      onNotification: (method, params) => this.chat.onNotification(method, params),
      onBuffered: () => this.#renderScheduler.request(),
    });
  }

  async #loadInitialState(connection: HostConnection): Promise<void> {
    try {
      const loaded = await loadInitialState(connection, this.#inbox);
      if (this.#connection !== connection) return;
      this.#dispatch({ ...loaded, at: this.#wallTime() });
      this.chat.onGatewayStatus(loaded.status);
      const { filter } = this.#state.logs;
      if (isFiltered(filter)) this.filterLogs(filter);
    } catch (error) {
      if (this.#connection !== connection) return;
      connection.close();
      this.#lose(connection, { reason: errorMessage(error) });
    }
  }

  #lose(connection: HostConnection, loss: Loss): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#ended(loss);
  }

  #ended({ reason, cause = 'failure', liveAt }: Loss): void {
    if (this.#over) return;
    const at = this.#wallTime();
    this.#failures = liveAt !== undefined && at - liveAt >= STABLE_CONNECTION_MS ? 1 : this.#failures + 1;
    const delay = Math.round(backoffDelay(retryPolicy, this.#failures, this.#ports.random.next()));
    if (liveAt === undefined) this.#inbox.take();
    else this.#flush();
    this.#dispatch({ type: 'ended', at, reason, cause, attempt: this.#failures, retryAt: at + delay });
    this.chat.onHostLost();
    this.#cancelRetry = this.#ports.clock.schedule(delay, this.retryNow);
  }

  #queryLogs(filter: LogFilter, limit: number): void {
    const connection = this.#connection;
    const newerFrom = this.#state.logs.nextId;
    this.#dispatch({ type: 'logs-requested', filter });
    if (connection === undefined) {
      this.#dispatch({ type: 'logs-failed', filter });
      return;
    }
    connection.call('logs.query', logQuery(filter, limit), { timeoutMs: LOG_TIMEOUT_MS }).then(
      (result: unknown) => {
        this.#flush();
        const { answer } = parseLogAnswer(result);
        this.#dispatch({ type: 'logs-answered', filter, answer, newerFrom });
      },
      () => this.#dispatch({ type: 'logs-failed', filter }),
    );
  }

  async #rpc(method: string, params: unknown, idempotencyKey?: string): Promise<unknown> {
    if (this.#connection === undefined) throw new Error('DeskClaw’s background service does not respond');
    const keyed = idempotencyKey === undefined ? {} : { idempotencyKey };
    return this.#connection.call('gateway.rpc', { method, params, ...keyed });
  }

  /** Until the initial load is complete, events stay in the inbox for it. */
  #flush(): void {
    this.#renderScheduler.cancel();
    if (this.#state.link.name !== 'live') {
      this.#publish();
      return;
    }
    const batch = this.#inbox.take();
    this.#renderScheduler.rendered(batch.size);
    this.#dispatch({ type: 'received', batch });
  }

  #dispatch(event: SessionEvent): void {
    if (this.#over) return;
    this.#state = reduce(this.#state, event);
    this.#publish();
  }

  #publish(): void {
    this.#snapshot = { ...this.#state, chat: this.chat.state };
    for (const listener of this.#listeners) listener();
  }

  #wallTime(): number {
    return this.#ports.clock.wallTime();
  }
}
