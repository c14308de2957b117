import type { Clock } from '../ports/clock.ts';
import type { Agent, AgentTurn } from './agent.ts';
import { readChunk, SseReader } from './completion-stream.ts';
import { IdleTimeout } from './idle-timeout.ts';
import { clean, explainFetch, type ModelServer, request, textOf } from './model-request.ts';

export interface ModelTimeouts {
  /** Until the server begins to answer; it may have to load the model first. */
  readonly firstByteMs: number;
  /** Between two pieces of an answer. */
  readonly silenceMs: number;
}
export const modelTimeouts: ModelTimeouts = { firstByteMs: 120_000, silenceMs: 60_000 };

const TEST_TIMEOUT_MS = 10_000;
const MAX_REPLY_CHARACTERS = 1_000_000;

/** Creates an agent that sends messages to an OpenAI-compatible server and streams its answer. */
export function createModelAgent(server: ModelServer, clock: Clock, timeouts: ModelTimeouts = modelTimeouts): Agent {
  return {
    label: { provider: server.provider, model: server.model },
    reply: (turns, signal) => streamReply(server, turns, signal, clock, timeouts),
  };
}

async function* streamReply(
  server: ModelServer,
  turns: readonly AgentTurn[],
  signal: AbortSignal,
  clock: Clock,
  timeouts: ModelTimeouts,
): AsyncGenerator<string> {
  const idleTimeout = new IdleTimeout(clock, signal);
  try {
    idleTimeout.expect(timeouts.firstByteMs);
    const response = await request(server, 'chat/completions', idleTimeout.signal, {
      method: 'POST',
      body: JSON.stringify({
        model: server.model,
        stream: true,
        messages: turns.map(({ role, text }) => ({ role, content: text })),
      }),
    });
    const sse = new SseReader();
    const streamed = response.headers.get('content-type')?.includes('text/event-stream') === true;
    let length = 0;
    let whole = '';
    for await (const piece of textOf(response)) {
      idleTimeout.expect(timeouts.silenceMs);
      if (!streamed) {
        whole += piece;
        if (whole.length > 2 * MAX_REPLY_CHARACTERS) throw tooLong();
        continue;
      }
      for (const data of sse.push(piece)) {
        const chunk = readChunk(data);
        if (chunk.kind === 'error')
          throw new Error(`The model server reported an error: ${clean(chunk.message, server)}`);
        if (chunk.kind === 'nothing') continue;
        length += chunk.text.length;
        if (length > MAX_REPLY_CHARACTERS) throw tooLong();
        if (chunk.text !== '') yield chunk.text;
        if (chunk.kind === 'end') {
          if (chunk.tools) throw new Error('The model asked for tools, which this gateway does not offer.');
          return;
        }
      }
    }
    if (streamed) throw new Error('The model server ended the reply in the middle.');
    yield replyOf(whole, server);
  } catch (fault) {
    throw idleTimeout.timeoutError() ?? explainFetch(fault, server);
  } finally {
    idleTimeout.stop();
  }
}

/** Requests the list of models: checks that the server is reachable and accepts the key. */
export async function testModelServer(
  server: ModelServer,
  clock: Clock,
): Promise<{ readonly ok: boolean; readonly latencyMs?: number; readonly error?: string }> {
  const startedAt = clock.now();
  const idleTimeout = new IdleTimeout(clock, new AbortController().signal);
  try {
    idleTimeout.expect(TEST_TIMEOUT_MS);
    const response = await request(server, 'models', idleTimeout.signal, { method: 'GET' });
    await response.body?.cancel();
    return { ok: true, latencyMs: Math.round(clock.now() - startedAt) };
  } catch (fault) {
    return { ok: false, error: (idleTimeout.timeoutError() ?? explainFetch(fault, server)).message };
  } finally {
    idleTimeout.stop();
  }
}

function replyOf(body: string, server: ModelServer): string {
  const chunk = readChunk(body);
  if (chunk.kind === 'error') throw new Error(`The model server reported an error: ${clean(chunk.message, server)}`);
  if (chunk.kind === 'nothing') throw new Error('The model server answered without a reply.');
  return chunk.text;
}

function tooLong(): Error {
  return new Error(`The reply is longer than ${MAX_REPLY_CHARACTERS} characters.`);
}
