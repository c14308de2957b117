import { isObject, type ToolCallEvent } from '@deskclaw/protocol';
import type { ManagerEvents } from './events.ts';

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

/** A tool call in the manager's own words; a malformed one stays a notification. */
export function readToolNotification(method: string, params: unknown): ManagerEvents['tool:call'] | undefined {
  if (!isObject(params) || (method !== 'tool.call_started' && method !== 'tool.call_completed')) return undefined;
  const call = readToolCall(params);
  return call && { ...call, state: method === 'tool.call_started' ? 'started' : 'completed' };
}
