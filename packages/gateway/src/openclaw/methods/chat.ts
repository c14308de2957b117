import { isObject } from '@deskclaw/protocol';
import { MAX_RECORDS } from '../../chat/transcript.ts';
import { chatMessage, idempotencyKey, sessionKey } from '../../params/fields.ts';
import { flag, integer, object, oneOf, optional, text } from '../../params/guard.ts';
import type { Services } from '../../services/services.ts';
import type { ConnectedClients } from '../connected-clients.ts';
import { OpenClawFault } from '../errors.ts';
import { fromOpenClawKey, sessionIdOf, toOpenClawKey } from '../session-keys.ts';
import { type OpenClawHandler, openClawMethod } from './method.ts';

const DEFAULT_LIMIT = 200;
/**
 * Parameters that OpenClaw clients may send and that change nothing here. Parameters that would change the answer
 * (attachments, a search) are rejected instead of ignored.
 */
const ignoredParams = { agentId: optional(oneOf(['main'])), sessionId: optional(text()) };

export function chatHandlers(
  { runs, channels }: Services,
  clients: ConnectedClients,
): Readonly<Record<'chat.send' | 'chat.history' | 'chat.abort' | 'sessions.list', OpenClawHandler>> {
  const activeIn = (key: string): readonly string[] =>
    runs.active().flatMap((run) => (run.sessionKey === key ? [run.runId] : []));
  const send = openClawMethod(
    'chat.send',
    object({
      sessionKey,
      message: chatMessage,
      idempotencyKey,
      ...ignoredParams,
      deliver: optional(flag),
      fastMode: optional(flag),
      originatingAccountId: optional(text()),
      originatingChannel: optional(text()),
      originatingThreadId: optional(text()),
      originatingTo: optional(text()),
      suppressCommandInterpretation: optional(flag),
      thinking: optional(text()),
      timeoutMs: optional(integer(0, Number.MAX_SAFE_INTEGER)),
    }),
    (params) => {
      channels.assertChatOpen();
      const { message, idempotencyKey: key } = params;
      return runs.send({ sessionKey: fromOpenClawKey(params.sessionKey), message, idempotencyKey: key });
    },
  );
  return {
    'chat.send': (params) => {
      if (isObject(params) && typeof params['sessionKey'] === 'string') return send(params);
      throw new OpenClawFault({
        code: 'INVALID_REQUEST',
        message: 'session mutation target is unavailable',
        details: { code: 'SESSION_MUTATION_TARGET_REQUIRED', method: 'chat.send' },
      });
    },
    'chat.abort': openClawMethod(
      'chat.abort',
      object({ sessionKey, runId: optional(idempotencyKey), preserveSideRuns: optional(flag), ...ignoredParams }),
      async (params) => {
        const runIds = await runs.abort({ sessionKey: fromOpenClawKey(params.sessionKey), runId: params.runId });
        return { ok: true, aborted: runIds.length > 0, runIds };
      },
    ),
    'chat.history': openClawMethod(
      'chat.history',
      object({
        sessionKey,
        limit: optional(integer(1, MAX_RECORDS)),
        offset: optional(integer(0, MAX_RECORDS)),
        ...ignoredParams,
      }),
      (params) => {
        const key = fromOpenClawKey(params.sessionKey);
        const records = runs.history(key, MAX_RECORDS);
        // Counted from the newest.
        const { limit = DEFAULT_LIMIT, offset = 0 } = params;
        const end = Math.max(0, records.length - offset);
        const start = Math.max(0, end - limit);
        const shown = records.slice(start, end);
        const activeRunIds = activeIn(key);
        return {
          sessionKey: params.sessionKey,
          sessionId: sessionIdOf(key),
          messages: shown.map((record, index) => ({
            role: record.role,
            content: record.role === 'user' ? record.text : [{ type: 'text', text: record.text }],
            timestamp: record.at,
            ...(record.role === 'user' ? { idempotencyKey: record.id } : { stopReason: stopReasons[record.state] }),
            __openclaw: { id: record.id, runId: record.runId, seq: start + index + 1 },
          })),
          pendingInputs: { items: [], total: 0 },
          hasMore: start > 0,
          ...(start > 0 ? { nextOffset: records.length - start } : {}),
          totalMessages: records.length,
          sessionInfo: {
            key: toOpenClawKey(key),
            kind: 'direct',
            agentId: 'main',
            hasActiveRun: activeRunIds.length > 0,
            activeRunIds,
          },
        };
      },
    ),
    'sessions.list': openClawMethod(
      'sessions.list',
      object({
        limit: optional(integer(1, 1000)),
        offset: optional(integer(0, 1_000_000)),
        includeGlobal: optional(flag),
        includeUnknown: optional(flag),
        includeDerivedTitles: optional(flag),
        includeLastMessage: optional(flag),
        configuredAgentsOnly: optional(flag),
        ...ignoredParams,
      }),
      ({ limit = 100, offset = 0 }) => {
        const all = runs.sessions();
        const shown = all.slice(offset, offset + limit);
        const next = offset + shown.length;
        return {
          ts: clients.ports.clock.wallTime(),
          path: '(multiple)',
          count: shown.length,
          totalCount: all.length,
          limitApplied: limit,
          nextOffset: next < all.length ? next : null,
          hasMore: next < all.length,
          sessions: shown.map((session) => {
            const activeRunIds = activeIn(session.sessionKey);
            return {
              key: toOpenClawKey(session.sessionKey),
              sessionId: sessionIdOf(session.sessionKey),
              kind: 'direct',
              agentId: 'main',
              updatedAt: session.updatedAt,
              hasActiveRun: activeRunIds.length > 0,
              activeRunIds,
            };
          }),
        };
      },
    ),
  };
}

const stopReasons = { final: 'stop', error: 'error', aborted: 'aborted' } as const;
