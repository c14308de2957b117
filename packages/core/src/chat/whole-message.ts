import { isObject } from '@deskclaw/protocol';
import { messageText, readChatSignal } from './chat-signals.ts';
import type { ChatUpdate } from './chat-types.ts';

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** Whether it is the echo or a step of a run, in the form of the gateway protocol. */
function isOfRun({ runId, role, state, message }: Readonly<Record<string, unknown>>): boolean {
  return message === undefined && typeof runId === 'string' && (role === 'user' || typeof state === 'string');
}

/**
 * Reads a `chat.message_received` that is no step of a run: gateways that do not stream send whole messages, in a form of their
 * own. Returns `undefined` for any other notification.
 */
export function readWholeMessage(method: string, params: unknown): ChatUpdate | undefined {
  if (method !== 'chat.message_received' || !isObject(params)) return undefined;
  if (isOfRun(params) || readChatSignal(method, params) !== undefined) return undefined;
  const message = params['message'] ?? params;
  return {
    sessionKey: text(params['sessionKey']) ?? '',
    runId: text(params['runId']) ?? '',
    state: 'final',
    text: text(message) ?? messageText(message) ?? '',
    message,
  };
}
