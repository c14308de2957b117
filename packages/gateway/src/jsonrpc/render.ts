import { createNotification, type GatewayEventName, type GatewayEvents } from '@deskclaw/protocol';
import type { Announcement } from '../announcement.ts';
import type { RunEvent } from '../chat/run-events.ts';

const rendered = new WeakMap<Announcement, string | undefined>();

/** The announcement as notification text, written once for all connections; `undefined` where JSON-RPC says nothing. */
export function renderAnnouncement(announcement: Announcement): string | undefined {
  if (!rendered.has(announcement)) rendered.set(announcement, write(announcement));
  return rendered.get(announcement);
}

export function notify<E extends GatewayEventName>(event: E, payload: GatewayEvents[E]): string {
  return JSON.stringify(createNotification(event, { ...payload }));
}

function write(announcement: Announcement): string | undefined {
  switch (announcement.kind) {
    case 'shutdown': {
      const { reason, restartExpectedMs } = announcement;
      const facts = restartExpectedMs === undefined ? {} : { restartExpectedMs };
      return notify('gateway.status_changed', { state: 'stopping', reason: `gateway ${reason}`, ...facts });
    }
    case 'channel':
      return notify('channel.status_changed', announcement.event);
    case 'run':
      return writeRunEvent(announcement.event);
    default:
      return announcement satisfies never;
  }
}

function writeRunEvent(event: RunEvent): string | undefined {
  const { runId, sessionKey, seq } = event;
  const facts = { runId, sessionKey, seq, role: 'assistant' } as const;
  switch (event.kind) {
    case 'accepted':
      return notify('chat.message_sent', { ...facts, role: 'user', state: 'final', text: event.record.text });
    case 'started':
      return undefined;
    case 'delta':
      return notify('chat.message_received', { ...facts, state: 'delta', text: event.text, delta: event.delta });
    case 'final':
      return notify('chat.message_received', { ...facts, state: 'final', text: event.text });
    case 'failed':
      return notify('chat.message_received', { ...facts, state: 'error', text: event.text, error: event.error });
    case 'aborted':
      return notify('chat.message_received', { ...facts, state: 'aborted', text: event.text });
    default:
      return event satisfies never;
  }
}
