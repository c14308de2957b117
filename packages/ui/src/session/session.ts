import { CONTROL_PROTOCOL, controlEventNames, describeProblem, isObject, type Problem } from '@deskclaw/protocol';
import { Chat } from '../chat/chat.ts';
import type { ChatState } from '../chat/conversation.ts';
import { retryDelay } from './backoff.ts';
import { isNews, isWorthShowing, noticeOf } from './happening.ts';
import type { HostConnection, SessionPorts } from './host-connection.ts';
import { EVENTS_KEPT, Inbox } from './inbox.ts';
import { isGatewayStatus, isHostInfo, isLogRecord, isProblem, isTimelineRecord, soundOnes } from './payloads.ts';
import type { LifecycleRequest } from './request.ts';
import { initialState, reduce, type SessionEvent, type SessionState } from './state.ts';

/** A host on this machine answers in milliseconds; one that takes longer is as good as gone. */
const WELCOME_MS = 10_000;
/** A connection that held this long proves the host well: the next loss is looked at anew. */
const STABLE_MS = 5_000;
const FIRST_LOGS = 500;
/** Of the journal's lines, the mere steps are left out again: enough are asked for that the list is full. */
const RECORDS_ASKED = 3 * EVENTS_KEPT;

export interface Snapshot extends SessionState {
  readonly chat: ChatState;
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The host's own words where it gave some. */
function problemOf(error: unknown, at: number): Problem {
  if (error instanceof Error && 'problem' in error && isProblem(error.problem)) return error.problem;
  return describeProblem('internal', { detail: reasonOf(error) }, at);
}

/** Keeps a screen in touch with its host: connects, stays current, survives the host's absence. */
export class Session {
  readonly chat: Chat;
  readonly #ports: SessionPorts;
  readonly #inbox = new Inbox();
  readonly #listeners = new Set<() => void>();
  #state: SessionState;
  #snapshot: Snapshot;
  #connection: HostConnection | undefined;
  #failures = 0;
  #nextRequest = 1;
  #cancelFrame: (() => void) | undefined;
  #cancelRetry: (() => void) | undefined;
  #over = false;

  constructor(ports: SessionPorts) {
    this.#ports = ports;
    this.#state = initialState(ports.clock.wallTime());
    this.chat = new Chat({
      clock: ports.clock,
      random: ports.random,
      rpc: (method, params, idempotencyKey) => this.#rpc(method, params, idempotencyKey),
      changed: () => this.#requestFrame(),
    });
    this.#snapshot = { ...this.#state, chat: this.chat.state };
    this.#open();
  }

  /** The same object until something changes: fit for `useSyncExternalStore`. */
  readonly getSnapshot = (): Snapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Asks the host; what comes of it is seen in the status, a refusal in `refusal`. */
  readonly request = (request: LifecycleRequest): void => {
    const connection = this.#connection;
    if (connection === undefined || this.#state.link.name !== 'live') return;
    const id = this.#nextRequest++;
    this.#dispatch({ type: 'asked', id, request, at: this.#ports.clock.wallTime() });
    this.#ask(connection, request).then(
      () => this.#dispatch({ type: 'answered', id }),
      (error: unknown) => {
        // A request that dies with its connection is told by the loss of the connection.
        if (this.#connection !== connection) return;
        this.#dispatch({ type: 'refused', id, problem: problemOf(error, this.#ports.clock.wallTime()) });
      },
    );
  };

  readonly dismissRefusal = (): void => this.#dispatch({ type: 'dismissed' });
  readonly clearLogs = (): void => this.#dispatch({ type: 'logs-cleared' });

  /** Skips the wait for the next look at a lost host. */
  readonly retryNow = (): void => {
    if (this.#over || this.#connection !== undefined) return;
    this.#cancelRetry?.();
    this.#dispatch({ type: 'retrying' });
    this.#open();
  };

  close(): void {
    this.#over = true;
    this.#cancelRetry?.();
    this.#cancelFrame?.();
    this.chat.close();
    const connection = this.#connection;
    this.#connection = undefined;
    connection?.close();
  }

  #ask(connection: HostConnection, request: LifecycleRequest): Promise<unknown> {
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

  #open(): void {
    let connection: HostConnection;
    try {
      connection = this.#ports.connect(() => this.#countMalformed());
    } catch (error) {
      this.#ended(reasonOf(error), undefined);
      return;
    }
    this.#connection = connection;
    this.#listen(connection);
    this.#welcome(connection).then(
      (event) => {
        if (this.#connection !== connection) return;
        this.#dispatch(event);
        this.chat.gatewayIs(event.status);
      },
      (error: unknown) => {
        if (this.#connection !== connection) return;
        connection.close();
        this.#lose(connection, reasonOf(error), undefined);
      },
    );
    void connection.closed.then((end) => {
      const liveAt = this.#state.link.name === 'live' ? this.#state.link.since : undefined;
      this.#lose(connection, end.reason === '' ? `closed with code ${String(end.code)}` : end.reason, liveAt);
    });
  }

  #listen(connection: HostConnection): void {
    const { clock } = this.#ports;
    const current = (): boolean => this.#connection === connection;
    connection.on('gateway.status', (payload: unknown) => {
      if (!current()) return;
      if (!isGatewayStatus(payload)) return this.#countMalformed();
      this.#inbox.status(payload);
      this.chat.gatewayIs(payload);
      this.#requestFrame();
    });
    connection.on('timeline', (payload: unknown) => {
      if (!current()) return;
      if (!isTimelineRecord(payload)) return this.#countMalformed();
      if (!isNews(payload)) return;
      this.#inbox.happening({ kind: 'timeline', record: payload });
      this.#requestFrame();
    });
    connection.on('gateway.notification', (payload: unknown) => {
      if (!current()) return;
      if (!isObject(payload) || typeof payload['method'] !== 'string') return this.#countMalformed();
      const { method, params } = payload;
      this.chat.notified(method, params);
      if (!isWorthShowing(method)) return;
      this.#inbox.happening({ kind: 'notice', notice: noticeOf(method, params, clock.wallTime()) });
      this.#requestFrame();
    });
    connection.on('log', (payload: unknown) => {
      if (!current()) return;
      if (!isLogRecord(payload)) return this.#countMalformed();
      this.#inbox.log(payload);
      this.#requestFrame();
    });
  }

  async #welcome(connection: HostConnection): Promise<Extract<SessionEvent, { type: 'welcomed' }>> {
    const options = { timeoutMs: WELCOME_MS };
    const [host, , status, timeline, logs] = await Promise.all([
      connection.call('host.info', undefined, options),
      connection.subscribe(controlEventNames),
      connection.call('gateway.status', undefined, options).then((answer) => {
        // In line with the events, so that the newest word wins whichever way it came.
        if (isGatewayStatus(answer)) this.#inbox.status(answer);
        return answer;
      }),
      connection.call('timeline.query', { limit: RECORDS_ASKED }, options),
      connection.call('logs.query', { limit: FIRST_LOGS }, options),
    ]);
    if (!isHostInfo(host) || !isGatewayStatus(status))
      throw new Error('the host answered with something else than a status');
    if (host.controlProtocol !== CONTROL_PROTOCOL) {
      throw new Error(
        `the host is version ${host.version} and speaks another protocol than this page; reload the page`,
      );
    }
    const records = soundOnes(timeline.records, isTimelineRecord);
    const lines = soundOnes(logs.records, isLogRecord);
    for (let count = records.malformed + lines.malformed; count > 0; count -= 1) this.#inbox.malformed();
    const early = this.#inbox.take();
    return {
      type: 'welcomed',
      at: this.#ports.clock.wallTime(),
      host,
      status: early.status ?? status,
      records: records.sound.filter(isNews),
      logs: lines.sound,
      early,
    };
  }

  #lose(connection: HostConnection, reason: string, liveAt: number | undefined): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#ended(reason, liveAt);
  }

  #ended(reason: string, liveAt: number | undefined): void {
    if (this.#over) return;
    const { clock, random } = this.#ports;
    const at = clock.wallTime();
    this.#failures = liveAt !== undefined && at - liveAt >= STABLE_MS ? 1 : this.#failures + 1;
    const delay = retryDelay(this.#failures, random.next());
    if (liveAt === undefined) this.#inbox.take();
    else this.#flush();
    this.#dispatch({ type: 'ended', at, reason, attempt: this.#failures, retryAt: at + delay });
    this.chat.hostLost();
    this.#cancelRetry = clock.schedule(delay, this.retryNow);
  }

  async #rpc(method: string, params: unknown, idempotencyKey?: string): Promise<unknown> {
    const connection = this.#connection;
    if (connection === undefined) throw new Error('the host does not answer');
    return connection.call('gateway.rpc', {
      method,
      params,
      ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
    });
  }

  #countMalformed(): void {
    this.#inbox.malformed();
    this.#requestFrame();
  }

  #requestFrame(): void {
    this.#cancelFrame ??= this.#ports.nextFrame(() => this.#flush());
  }

  #flush(): void {
    this.#cancelFrame?.();
    this.#cancelFrame = undefined;
    // Until the welcome is complete, what comes in belongs to it.
    if (this.#state.link.name === 'live') this.#dispatch({ type: 'received', batch: this.#inbox.take() });
    else this.#publish();
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
}
