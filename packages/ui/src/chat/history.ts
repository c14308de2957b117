import { isEpochTime, isObject } from '@deskclaw/protocol';
import { type Message, REPLY_CHARACTER_LIMIT } from './conversation.ts';

/** The text of a message: a string, or a list of parts of which the texts are shown. */
function textOf(content: unknown): string {
  if (typeof content === 'string') return content;
  if (!Array.isArray(content)) return '';
  return content
    .map((part: unknown) => (isObject(part) && typeof part['text'] === 'string' ? part['text'] : ''))
    .filter((text) => text !== '')
    .join('\n');
}

function timeOf(value: unknown): number {
  return isEpochTime(value) ? value : 0;
}

function readMessage(record: unknown, index: number): Message | undefined {
  if (!isObject(record)) return undefined;
  const text = textOf(record['text'] ?? record['content']);
  const at = timeOf(record['at'] ?? record['timestamp']);
  const runId = typeof record['runId'] === 'string' ? record['runId'] : `past-${String(index)}`;
  if (record['role'] === 'user') {
    const id = typeof record['id'] === 'string' ? record['id'] : `past-said-${String(index)}`;
    return text === '' ? undefined : { kind: 'user', id, text, at, delivery: { name: 'delivered', runId } };
  }
  if (record['role'] !== 'assistant') return undefined;
  const state = record['state'] === 'error' || record['state'] === 'aborted' ? record['state'] : 'final';
  if (text === '' && state === 'final') return undefined;
  return {
    kind: 'assistant',
    id: `reply:${runId}`,
    runId,
    at,
    state,
    text: text.slice(-REPLY_CHARACTER_LIMIT),
    length: text.length,
    phase: undefined,
    error: undefined,
  };
}

/** Reads the result of `chat.history` in either dialect and skips unknown records. */
export function readHistory(result: unknown): readonly Message[] {
  if (!isObject(result) || !Array.isArray(result['messages'])) return [];
  return result['messages'].map(readMessage).filter((message) => message !== undefined);
}
