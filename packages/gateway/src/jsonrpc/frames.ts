import {
  createNotification,
  type GatewayEventName,
  type GatewayEvents,
  isObject,
  isRpcNotification,
  isRpcRequest,
  isRpcResponse,
  type RpcId,
  type RpcNotification,
  type RpcRequest,
} from '@deskclaw/protocol';
import type { RunEvent } from '../chat/run.ts';
import type { Announcement } from '../server/session.ts';

export type Incoming =
  | { readonly kind: 'request'; readonly request: RpcRequest }
  | { readonly kind: 'notification'; readonly notification: RpcNotification }
  | { readonly kind: 'response' }
  | { readonly kind: 'invalid'; readonly id: RpcId; readonly problem: string };

/** Classifies one member of a frame. An invalid one is answered with its id if that is usable, else with null. */
export function sortIncoming(value: unknown): Incoming {
  if (isRpcRequest(value)) return { kind: 'request', request: value };
  if (isRpcNotification(value)) return { kind: 'notification', notification: value };
  if (isRpcResponse(value)) return { kind: 'response' };
  if (!isObject(value)) return { kind: 'invalid', id: null, problem: 'a request must be an object' };
  const id = value['id'];
  return {
    kind: 'invalid',
    id: typeof id === 'string' || (typeof id === 'number' && Number.isFinite(id)) ? id : null,
    problem: problemOf(value),
  };
}

function problemOf(value: Readonly<Record<string, unknown>>): string {
  if (value['jsonrpc'] !== '2.0') return '"jsonrpc" must be "2.0"';
  if (typeof value['method'] !== 'string') return '"method" must be text';
  const params = value['params'];
  if (params !== undefined && (typeof params !== 'object' || params === null))
    return '"params" must be an object or a list';
  return '"id" must be text, a number or null';
}

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
