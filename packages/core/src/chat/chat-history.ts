import { isObject } from '@deskclaw/protocol';
import { messageText, type RunOutcome } from './chat-signals.ts';

/** How a run ended, by the history of its session. */
export interface HistoryOutcome {
  readonly as: RunOutcome;
  readonly text: string;
  readonly error?: string;
}

type Row = Readonly<Record<string, unknown>>;

function rowsOf(history: Row): readonly Row[] {
  const { messages } = history;
  const list: readonly unknown[] = Array.isArray(messages) ? messages : [];
  return list.filter(isObject);
}

/** Returns whether the gateway reports this run as active; `undefined` where it does not say (2026.5.28, JSON-RPC). */
function activeFlag(history: Row, id: string): boolean | undefined {
  const info = history['sessionInfo'];
  if (!isObject(info) || typeof info['hasActiveRun'] !== 'boolean') return undefined;
  const { hasActiveRun, activeRunIds } = info;
  return hasActiveRun && (!Array.isArray(activeRunIds) || activeRunIds.includes(id));
}

/** Returns whether a run is still active, by the history of its session; `undefined` where the history does not show it. */
export function isRunActive(history: unknown, id: string, via: string = id): boolean | undefined {
  if (!isObject(history)) return undefined;
  const flags = [activeFlag(history, id), activeFlag(history, via)];
  return flags.includes(true) ? true : flags[0];
}

function outcomeOf(row: Row): HistoryOutcome | undefined {
  const text = messageText(row) ?? '';
  switch (row['stopReason']) {
    // The run called a tool and continues with its result.
    case 'toolUse':
    case undefined:
      return undefined;
    case 'aborted':
      return { as: 'aborted', text };
    case 'error': {
      const error = row['errorMessage'];
      return { as: 'error', text, ...(typeof error === 'string' ? { error } : {}) };
    }
    default:
      return { as: 'final', text };
  }
}

/** Reads the history of a JSON-RPC gateway, which names the run and its outcome in each row. */
function outcomeByRunId(rows: readonly Row[], id: string): HistoryOutcome | undefined {
  const row = rows.findLast(({ role, runId }) => role === 'assistant' && runId === id);
  const text = typeof row?.['text'] === 'string' ? row['text'] : '';
  switch (row?.['state']) {
    case 'final':
    case 'error':
    case 'aborted':
      return { as: row['state'], text };
    default:
      return undefined;
  }
}

/**
 * Returns how a run ended while we were disconnected, from the answer to `chat.history`; `undefined` where the run is still active
 * or its outcome is not shown (2026.2.3-1 does not say which message began which run).
 * @param id the id of the run, which is the key its message was sent with
 * @param via the id of the run that answered it, where that is another
 */
export function outcomeInHistory(history: unknown, id: string, via: string = id): HistoryOutcome | undefined {
  if (!isObject(history) || isRunActive(history, id, via) === true) return undefined;
  const rows = rowsOf(history);
  const named = outcomeByRunId(rows, id);
  if (named !== undefined) return named;
  const promptAt = rows.findLastIndex((row) => row['role'] === 'user' && row['idempotencyKey'] === `${id}:user`);
  if (promptAt < 0) return undefined;
  const after = rows.slice(promptAt + 1);
  const next = after.findIndex((row) => row['role'] === 'user');
  const answers = (next < 0 ? after : after.slice(0, next)).filter((row) => row['role'] === 'assistant');
  const last = answers.at(-1);
  return last === undefined ? undefined : outcomeOf(last);
}
