import { type GatewayStatus, isObject } from '@deskclaw/protocol';
import type { HostConnection } from '../host/host-connection.ts';
import { isGatewayStatus, isLogRecord, isTimelineRecord } from '../host/payloads.ts';
import { isNotableNotification, isNotableRecord, summarizeNotification } from './activity.ts';
import type { Inbox } from './inbox.ts';

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
    if (!isTimelineRecord(payload)) return false;
    if (isNotableRecord(payload)) inbox.addActivity({ kind: 'timeline', record: payload });
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
