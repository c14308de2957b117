import type { ChannelCloseInfo, Clock } from '@deskclaw/core/client';
import {
  type ControlEventName,
  type ControlEvents,
  type ControlMethodName,
  type ControlMethods,
  type GatewayStatus,
  isObject,
  parseJournalRecord,
} from '@deskclaw/protocol';
import { isGatewayStatus, isHealthReport, isLogRecord } from '../host/payloads.ts';
import { isNotableNotification, isNotableRecord, summarizeNotification } from './activity.ts';
import type { Inbox } from './inbox.ts';

/** A connection to the host: the part of core's `ControlClient` that the session uses. */
export interface HostConnection {
  call<M extends ControlMethodName>(
    method: M,
    params?: ControlMethods[M]['params'],
    options?: { readonly timeoutMs?: number },
  ): Promise<ControlMethods[M]['result']>;
  subscribe(topics: readonly ControlEventName[]): Promise<void>;
  on<E extends ControlEventName>(event: E, listener: (payload: ControlEvents[E]) => void): () => void;
  readonly closed: Promise<ChannelCloseInfo>;
  close(): void;
}

/** Dependencies of the session. */
export interface SessionPorts {
  readonly clock: Clock;
  readonly random: { next(): number; uuid(): string };
  /** Opens a connection; `onMalformed` is called for every invalid frame. */
  readonly connect: (onMalformed: () => void) => HostConnection;
  /** Calls back once before the next frame, or soon while the page is hidden; returns a cancel function. */
  readonly nextFrame: (run: () => void) => () => void;
}

export interface EventSink {
  /** False once the connection has ended, so that late events change nothing. */
  readonly isCurrent: () => boolean;
  readonly inbox: Inbox;
  /** Epoch ms. */
  readonly now: () => number;
  readonly onStatus: (status: GatewayStatus) => void;
  readonly onNotification: (method: string, params: unknown) => void;
  /** Called after something was added to the inbox. */
  readonly onBuffered: () => void;
}

/** Adds the events of the host to the inbox: valid ones as they are, the others as a count. */
export function listen(connection: HostConnection, sink: EventSink): void {
  const { inbox } = sink;

  function hear(event: Parameters<HostConnection['on']>[0], take: (payload: unknown) => boolean): void {
    connection.on(event, (payload: unknown) => {
      if (!sink.isCurrent()) return;
      if (!take(payload)) inbox.addMalformed();
      sink.onBuffered();
    });
  }

  hear('gateway.status', (payload) => {
    if (!isGatewayStatus(payload)) return false;
    inbox.addStatus(payload);
    sink.onStatus(payload);
    return true;
  });
  hear('timeline', (payload) => {
    const record = parseJournalRecord(payload);
    if (record === undefined) return false;
    if (isNotableRecord(record)) inbox.addActivity({ kind: 'timeline', record });
    return true;
  });
  hear('gateway.notification', (payload) => {
    if (!isObject(payload) || typeof payload['method'] !== 'string') return false;
    const { method, params } = payload;
    sink.onNotification(method, params);
    if (isNotableNotification(method))
      inbox.addActivity({ kind: 'notification', notification: summarizeNotification(method, params, sink.now()) });
    return true;
  });
  hear('health', (payload) => {
    if (!isHealthReport(payload)) return false;
    inbox.addHealth(payload);
    return true;
  });
  hear('log', (payload) => {
    if (!isLogRecord(payload)) return false;
    inbox.addLog(payload);
    return true;
  });
}
