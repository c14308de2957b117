/** A small model server that speaks OpenAI's chat completions and misbehaves on request. `node model-server.ts --port N` runs it. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { isObject, parseJson } from '@deskclaw/protocol';
import { lastUserText, readScript, type Script } from './model-script.ts';

export const MODEL = 'echo-1';

export interface ModelRequest {
  /** The user's message, as far as it can be recognised. */
  readonly text: string;
  /** Set once the answer has ended: well, broken by us, or given up by the other side. */
  outcome: 'open' | 'answered' | 'broken' | 'abandoned';
}

export interface ModelServer {
  readonly port: number;
  /** For a provider's `baseUrl`. */
  readonly url: string;
  readonly requests: readonly ModelRequest[];
  close(): Promise<void>;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of request) if (chunk instanceof Uint8Array) chunks.push(chunk);
  return parseJson(Buffer.concat(chunks).toString('utf8'));
}

function sendJson(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function event(delta: object, finish: string | null, extra: object = {}): string {
  const choices = [{ index: 0, delta, finish_reason: finish }];
  return `data: ${JSON.stringify({ id: 'echo', object: 'chat.completion.chunk', created: 0, model: MODEL, choices, ...extra })}\n\n`;
}

async function stream(response: ServerResponse, script: Script, gone: AbortSignal): Promise<void> {
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  response.write(event({ role: 'assistant', content: '' }, null));
  for (const piece of script.pieces) {
    if (script.pauseMs > 0) await sleep(script.pauseMs, undefined, { signal: gone });
    response.write(event({ content: piece }, null));
  }
  if (script.ending === 'hang') {
    await new Promise<void>((resolve) => gone.addEventListener('abort', () => resolve(), { once: true }));
  } else if (script.ending === 'cut') {
    // Flushed first: what was said must arrive before the break.
    await new Promise<void>((resolve) => response.write('', () => resolve()));
    response.destroy();
  } else {
    const completion_tokens = script.pieces.length;
    const usage = { prompt_tokens: 1, completion_tokens, total_tokens: 1 + completion_tokens };
    response.write(event({}, 'stop', { usage }));
    response.end('data: [DONE]\n\n');
  }
}

async function complete(
  request: IncomingMessage,
  response: ServerResponse,
  record: (entry: ModelRequest) => void,
): Promise<void> {
  const body = await readBody(request);
  const fields = isObject(body) ? body : {};
  const entry: ModelRequest = { text: lastUserText(fields['messages']), outcome: 'open' };
  record(entry);
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const script = readScript(entry.text);
  if (script.status !== undefined) {
    sendJson(response, script.status, {
      error: { message: `asked to fail with ${String(script.status)}`, type: 'echo' },
    });
    entry.outcome = 'broken';
    return;
  }
  try {
    if (fields['stream'] === true) await stream(response, script, gone.signal);
    else {
      const message = { role: 'assistant', content: script.pieces.join('') };
      sendJson(response, 200, { id: 'echo', model: MODEL, choices: [{ index: 0, message, finish_reason: 'stop' }] });
    }
    entry.outcome = script.ending === 'end' ? 'answered' : script.ending === 'cut' ? 'broken' : 'abandoned';
  } catch (error) {
    if (!gone.signal.aborted) throw error;
    entry.outcome = 'abandoned';
  }
}

/** @param port 0 (default) chooses a free one. Listens on 127.0.0.1 only. */
export async function startModelServer(port = 0): Promise<ModelServer> {
  const requests: ModelRequest[] = [];
  const server: Server = createServer((request, response) => {
    const path = request.url ?? '';
    if (request.method === 'GET' && path.endsWith('/models')) {
      sendJson(response, 200, { object: 'list', data: [{ id: MODEL, object: 'model', owned_by: 'deskclaw' }] });
    } else if (request.method === 'POST' && path.endsWith('/chat/completions')) {
      complete(request, response, (entry) => requests.push(entry)).catch(() => response.destroy());
    } else sendJson(response, 404, { error: { message: `nothing at ${path}` } });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the model server has no port');
  return {
    port: address.port,
    url: `http://127.0.0.1:${String(address.port)}/v1`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '18900' } } });
  const { url } = await startModelServer(Number(values.port));
  console.log(`model server: ${url} (model ${MODEL})`);
}
