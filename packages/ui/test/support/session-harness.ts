import type { ChannelCloseInfo } from '@deskclaw/core/client';
import type { ControlEventName, ControlMethodName, GatewayStatus, HostInfo } from '@deskclaw/protocol';
import type { HostConnection, SessionPorts } from '../../src/session/host-connection.ts';
import { Session } from '../../src/session/session.ts';
import { hostInfo, journal, logLines, scenes } from './scenes.ts';
import { NOW } from './view-states.ts';
import { settled, VirtualClock } from './virtual-clock.ts';

interface Call {
  readonly method: string;
  readonly params: unknown;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** A host connection whose other end is the test. */
export class FakeConnection implements HostConnection {
  readonly calls: Call[] = [];
  readonly closed: Promise<ChannelCloseInfo>;
  readonly malformed: () => void;
  closedByPage = false;
  readonly #listeners = new Map<string, (payload: never) => void>();
  #end: (end: ChannelCloseInfo) => void = () => undefined;

  constructor(malformed: () => void) {
    this.malformed = malformed;
    this.closed = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  call<M extends ControlMethodName>(method: M, params?: unknown): Promise<never> {
    return new Promise((resolve, reject) => {
      this.calls.push({ method, params, resolve: resolve as (result: unknown) => void, reject });
    });
  }

  subscribe(topics: readonly ControlEventName[]): Promise<void> {
    return this.call('events.subscribe', { topics });
  }

  on(event: ControlEventName, listener: (payload: never) => void): () => void {
    this.#listeners.set(event, listener);
    return () => this.#listeners.delete(event);
  }

  close(): void {
    this.closedByPage = true;
  }

  /** Emits an event with any payload, valid or not. */
  emit(event: ControlEventName, payload: unknown): void {
    this.#listeners.get(event)?.(payload as never);
  }

  end(reason = 'gone', code = 1006): void {
    this.#end({ code, reason });
  }

  take(method: string): Call {
    const index = this.calls.findIndex((call) => call.method === method);
    const call = this.calls.splice(index, 1)[0];
    if (index === -1 || call === undefined) throw new Error(`nobody called ${method}`);
    return call;
  }

  /** Answers all that a page asks when it comes. */
  async answerInitialLoad(
    status: GatewayStatus,
    changes: {
      readonly host?: HostInfo;
      readonly records?: unknown;
      readonly logs?: unknown;
      readonly logsTotal?: number;
    } = {},
  ): Promise<void> {
    this.take('host.info').resolve(changes.host ?? hostInfo(NOW));
    this.take('events.subscribe').resolve({ topics: [] });
    this.take('gateway.status').resolve(status);
    this.take('timeline.query').resolve({ records: changes.records ?? journal(NOW), truncated: false });
    const { logs = logLines(NOW), logsTotal } = changes;
    const total = logsTotal === undefined ? {} : { total: logsTotal };
    this.take('logs.query').resolve({ records: logs, truncated: logsTotal !== undefined, ...total });
    await settled();
  }
}

/** A session whose clock, frames and connections the test controls. */
export class SessionHarness {
  readonly clock = new VirtualClock(NOW);
  readonly connections: FakeConnection[] = [];
  readonly session: Session;
  /** How often what is shown has changed. */
  changes = 0;
  readonly #frames = new Set<() => void>();
  #uuid = 0;

  constructor(changes: Partial<SessionPorts> = {}) {
    this.session = new Session({
      clock: this.clock,
      random: { next: () => 0.5, uuid: () => `key-${String(++this.#uuid)}` },
      connect: (malformed) => {
        const connection = new FakeConnection(malformed);
        this.connections.push(connection);
        return connection;
      },
      nextFrame: (run) => {
        this.#frames.add(run);
        return () => this.#frames.delete(run);
      },
      ...changes,
    });
    this.session.subscribe(() => {
      this.changes += 1;
    });
  }

  get connection(): FakeConnection {
    const newest = this.connections.at(-1);
    if (newest === undefined) throw new Error('nothing was connected');
    return newest;
  }

  get snapshot() {
    return this.session.getSnapshot();
  }

  /** Paints one picture. */
  render(): void {
    const due = [...this.#frames];
    this.#frames.clear();
    for (const run of due) run();
  }

  get hasScheduledFrame(): boolean {
    return this.#frames.size > 0;
  }

  async completeInitialLoad(
    status: GatewayStatus = scenes.running(NOW),
    changes: Parameters<FakeConnection['answerInitialLoad']>[1] = {},
  ): Promise<void> {
    await this.connection.answerInitialLoad(status, changes);
  }
}
