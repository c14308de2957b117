import { type ChannelStatusEvent, isObject, type ToolCallEvent } from '@deskclaw/protocol';
import type { ManagerEvents } from './events.ts';

type Translated =
  | { readonly event: 'channel:status'; readonly payload: ChannelStatusEvent }
  | { readonly event: 'tool:call'; readonly payload: ManagerEvents['tool:call'] };

const channelStates = [
  'connected',
  'disconnected',
  'connecting',
  'error',
] as const satisfies readonly ChannelStatusEvent['status'][];

function readChannel(params: Readonly<Record<string, unknown>>): ChannelStatusEvent | undefined {
  const { channelId, status, error } = params;
  const known = channelStates.find((name) => name === status);
  if (typeof channelId !== 'string' || known === undefined) return undefined;
  return { channelId, status: known, ...(typeof error === 'string' ? { error } : {}) };
}

function readToolCall(params: Readonly<Record<string, unknown>>): ToolCallEvent | undefined {
  const { runId, sessionKey, callId, tool } = params;
  if (
    typeof runId !== 'string' ||
    typeof sessionKey !== 'string' ||
    typeof callId !== 'string' ||
    typeof tool !== 'string'
  )
    return undefined;
  return {
    runId,
    sessionKey,
    callId,
    tool,
    ...('arguments' in params ? { arguments: params['arguments'] } : {}),
    ...('result' in params ? { result: params['result'] } : {}),
  };
}

/** A notification in the manager's own words, where it has some; a malformed one stays a notification. */
export function translate(method: string, params: unknown): Translated | undefined {
  if (!isObject(params)) return undefined;
  switch (method) {
    case 'channel.status_changed': {
      const payload = readChannel(params);
      return payload && { event: 'channel:status', payload };
    }
    case 'tool.call_started':
    case 'tool.call_completed': {
      const call = readToolCall(params);
      return (
        call && {
          event: 'tool:call',
          payload: { ...call, state: method === 'tool.call_started' ? 'started' : 'completed' },
        }
      );
    }
    default:
      return undefined;
  }
}
