import type { ChatRuns } from '../chat/chat-runs.ts';
import { MAX_RECORDS } from '../chat/transcript.ts';
import { chatMessage, idempotencyKey, sessionKey } from '../params/fields.ts';
import { integer, object, optional, orNothing } from '../params/guard.ts';
import type { ChannelsService } from '../services/channels.ts';
import { type Handlers, method } from './method.ts';

const DEFAULT_SESSION = 'main';
const DEFAULT_HISTORY = 200;

export function chatMethods(runs: ChatRuns, channels: ChannelsService): Handlers<'chat'> {
  return {
    'chat.send': method(
      'chat.send',
      object({ message: chatMessage, sessionKey: optional(sessionKey), idempotencyKey: optional(idempotencyKey) }),
      (params) => {
        channels.assertChatOpen();
        return runs.send({
          sessionKey: params.sessionKey ?? DEFAULT_SESSION,
          message: params.message,
          idempotencyKey: params.idempotencyKey,
        });
      },
    ),
    'chat.abort': method(
      'chat.abort',
      orNothing(object({ sessionKey: optional(sessionKey), runId: optional(idempotencyKey) })),
      async (params) => {
        // A run id alone is enough to find the run; without either the default session is meant.
        const session = params?.sessionKey ?? (params?.runId === undefined ? DEFAULT_SESSION : undefined);
        const runIds = await runs.abort({ sessionKey: session, runId: params?.runId });
        return { aborted: runIds.length > 0, runIds };
      },
    ),
    'chat.history': method(
      'chat.history',
      orNothing(object({ sessionKey: optional(sessionKey), limit: optional(integer(1, MAX_RECORDS)) })),
      (params) => {
        const session = params?.sessionKey ?? DEFAULT_SESSION;
        return { sessionKey: session, messages: runs.history(session, params?.limit ?? DEFAULT_HISTORY) };
      },
    ),
    'chat.clear': method('chat.clear', orNothing(object({ sessionKey: optional(sessionKey) })), async (params) => ({
      cleared: await runs.clear(params?.sessionKey ?? DEFAULT_SESSION),
    })),
  };
}
