import type { ChannelCloseInfo, Clock } from '@deskclaw/core/client';
import type { ControlEventName, ControlEvents, ControlMethodName, ControlMethods } from '@deskclaw/protocol';
import { type GatewayStatus, isObject, parseJournalRecord } from '@deskclaw/protocol';
import { isGatewayStatus, isLogRecord } from '../host/payloads.ts';
import { isNotableNotification, isNotableRecord, summarizeNotification } from './activity.ts';
import type { Inbox } from './inbox.ts';

/** One connection to a host: what the session needs of core's `ControlClient`. */
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

/** What the session takes from its surroundings. */
export interface SessionPorts {
  readonly clock: Clock;
  readonly random: { next(): number; uuid(): string };
  /** Opens a connection; `onMalformed` is to be called for every frame that is none. */
  readonly connect: (onMalformed: () => void) => HostConnection;
  /** Calls back once before the next picture is painted, or soon where none is painted; returns a cancel. */
  readonly nextFrame: (run: () => void) => () => void;
}

export interface EventSink {
  /** False once the connection is over: a late word of it changes nothing. */
  readonly isCurrent: () => boolean;
  readonly inbox: Inbox;
  /** Epoch ms. */
  readonly now: () => number;
  readonly onStatus: (status: GatewayStatus) => void;
  readonly onNotification: (method: string, params: unknown) => void;
  /** Something is in the inbox. */
  readonly onBuffered: () => void;
}

/** Puts what a host tells into the inbox: what makes sense as what it is, the rest as a count. */
export function listen(connection: HostConnection, ears: EventSink): void {
  const { inbox } = ears;

  function hear(event: Parameters<HostConnection['on']>[0], take: (payload: unknown) => boolean): void {
    connection.on(event, (payload: unknown) => {
      if (!ears.isCurrent()) return;
      if (!take(payload)) inbox.addMalformed();
      ears.onBuffered();
    });
  }

  hear('gateway.status', (payload) => {
    if (!isGatewayStatus(payload)) return false;
    inbox.addStatus(payload);
    ears.onStatus(payload);
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
    ears.onNotification(method, params);
    if (isNotableNotification(method))
      inbox.addActivity({ kind: 'notification', notification: summarizeNotification(method, params, ears.now()) });
    return true;
  });
  hear('log', (payload) => {
    if (!isLogRecord(payload)) return false;
    inbox.addLog(payload);
    return true;
  });
}
