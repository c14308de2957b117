import type { ChannelStatus } from './methods.ts';

/** Notifications of a JSON-RPC gateway by name. */
export interface GatewayEvents {
  'gateway.status_changed': { readonly state: string; readonly reason?: string; readonly restartExpectedMs?: number };
  'channel.status_changed': ChannelStatusEvent;
  'chat.message_received': ChatMessageEvent;
  'chat.message_sent': ChatMessageEvent;
  'tool.call_started': ToolCallEvent;
  'tool.call_completed': ToolCallEvent;
  error: { readonly code?: number | string; readonly message: string; readonly data?: unknown };
}
export type GatewayEventName = keyof GatewayEvents;

export const gatewayEventNames = [
  'gateway.status_changed',
  'channel.status_changed',
  'chat.message_received',
  'chat.message_sent',
  'tool.call_started',
  'tool.call_completed',
  'error',
] as const satisfies readonly GatewayEventName[];

/** The gateway's own word: one of ours, or any other. */
export type ReportedChannelStatus = ChannelStatus | (string & Record<never, never>);

export interface ChannelStatusEvent {
  readonly channelId: string;
  readonly status: ReportedChannelStatus;
  readonly error?: string;
}

/**
 * One step of a streamed reply. `text` is the whole reply so far, `delta` the addition of this step; `text` wins if they
 * disagree.
 */
export interface ChatMessageEvent {
  readonly runId: string;
  readonly sessionKey: string;
  readonly role: 'user' | 'assistant';
  readonly state: 'delta' | 'final' | 'error' | 'aborted';
  readonly text: string;
  readonly delta?: string;
  readonly error?: string;
  readonly seq: number;
}

export interface ToolCallEvent {
  readonly runId: string;
  readonly sessionKey: string;
  readonly callId: string;
  readonly tool: string;
  readonly arguments?: unknown;
  readonly result?: unknown;
}
