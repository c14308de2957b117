import { isObject, parseJson } from '@deskclaw/protocol';

/**
 * Reads server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html) from text that arrives in
 * pieces of any size. Only `data` matters to chat completions; other fields and comments are passed over.
 */
export class SseReader {
  #rest = '';
  #data: string[] = [];

  /** Returns the data of every event that this piece completes. */
  push(piece: string): readonly string[] {
    const text = this.#rest + piece;
    // A lone CR may be the first half of CRLF whose LF has not come yet.
    const usable = text.endsWith('\r') ? text.length - 1 : text.length;
    const lines = text.slice(0, usable).split(/\r\n|\n|\r/);
    this.#rest = (lines.pop() ?? '') + text.slice(usable);
    return lines.flatMap((line) => this.#take(line));
  }

  #take(line: string): readonly string[] {
    if (line === '') {
      const data = this.#data;
      this.#data = [];
      return data.length === 0 ? [] : [data.join('\n')];
    }
    const field = /^data:? ?(.*)$/s.exec(line)?.[1];
    if (field !== undefined && (line === 'data' || line.startsWith('data:'))) this.#data.push(field);
    return [];
  }
}

/** Content of one event of a chat completion stream. */
export type Chunk =
  | { readonly kind: 'text'; readonly text: string }
  /** The server's own word that the reply is whole; `tools` when it ended to call tools. */
  | { readonly kind: 'end'; readonly text: string; readonly tools: boolean }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'nothing' };

/** Reads the data of one event: OpenAI's `chat.completion.chunk`, `[DONE]`, or an error object. */
export function readChunk(data: string): Chunk {
  if (data.trim() === '[DONE]') return { kind: 'end', text: '', tools: false };
  const value = parseJson(data);
  if (!isObject(value)) return { kind: 'error', message: 'the model server sent an event that is not JSON' };
  const message = errorMessage(value);
  if (message !== undefined) return { kind: 'error', message };
  const choice = firstChoice(value);
  if (choice === undefined) return { kind: 'nothing' };
  // A server that answers without streaming sends `message` where a stream sends `delta`.
  const part = isObject(choice['delta']) ? choice['delta'] : choice['message'];
  const content = isObject(part) ? part['content'] : undefined;
  const text = typeof content === 'string' ? content : '';
  const reason = choice['finish_reason'];
  if (typeof reason === 'string')
    return { kind: 'end', text, tools: reason === 'tool_calls' || reason === 'function_call' };
  return text === '' ? { kind: 'nothing' } : { kind: 'text', text };
}

/** The message of an `{ error }` body, in the shapes that servers use. */
export function errorMessage(value: unknown): string | undefined {
  if (!isObject(value) || value['error'] === undefined || value['error'] === null) return undefined;
  const { error } = value;
  if (typeof error === 'string') return error;
  return isObject(error) && typeof error['message'] === 'string' ? error['message'] : 'unnamed error';
}

function firstChoice(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> | undefined {
  const choices = value['choices'];
  const first: unknown = Array.isArray(choices) ? choices[0] : undefined;
  return isObject(first) ? first : undefined;
}
