/**
 * A small real OpenAI-compatible server for tests, streaming or not. What it does is written in the message it is
 * sent, so that a test says in one place what it asks and what it gets:
 *
 *   (nothing)         answers "You said: <the message>", word by word
 *   [chunks N]        answers "w0 w1 … wN-1" instead
 *   [slow MS]         waits MS before every piece
 *   [error CODE]      answers HTTP CODE with an OpenAI error body, quoting the key it was sent
 *   [stream-error]    sends one piece, then an error event
 *   [cut]             sends two pieces, then drops the connection
 *   [end-early]       sends two pieces, then ends the body in good order but without finish_reason or [DONE]
 *   [stall]           sends two pieces, then nothing more
 *   [hang]            never answers
 *   [plain]           answers in one JSON body, as if streaming had not been asked for
 *   [tools]           ends with finish_reason tool_calls
 *   [empty]           ends without a word
 *
 * Also a program: `node model-server.ts --port N [--key K]` prints `listening on http://127.0.0.1:PORT/v1`.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { parseArgs } from 'node:util';

export interface ModelServerOptions {
  /** Default 0: any free port. */
  readonly port?: number;
  /** Without it no key is asked for. */
  readonly key?: string;
}
export interface SeenRequest {
  readonly path: string;
  readonly authorization: string | undefined;
  readonly model: string;
  readonly messages: readonly { readonly role: string; readonly content: string }[];
}
export interface ModelServer {
  /** For `--model-url`. */
  readonly url: string;
  readonly port: number;
  /** Chat requests, oldest first. */
  readonly requests: readonly SeenRequest[];
  /** Resolves when a client has gone away in the middle of an answer. */
  nextHangUp(): Promise<void>;
  close(): Promise<void>;
}

export async function startModelServer(options: ModelServerOptions = {}): Promise<ModelServer> {
  const requests: SeenRequest[] = [];
  const hangUpWaiters: (() => void)[] = [];
  const server = createServer((request, response) => {
    response.on('close', () => {
      if (!response.writableFinished) for (const tell of hangUpWaiters.splice(0)) tell();
    });
    void answer(request, response, options.key, (seen) => requests.push(seen));
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}/v1`,
    port,
    requests,
    nextHangUp: () => new Promise((resolve) => hangUpWaiters.push(resolve)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  request: IncomingMessage,
  response: ServerResponse,
  key: string | undefined,
  remember: (seen: SeenRequest) => void,
): Promise<void> {
  const { authorization } = request.headers;
  if (key !== undefined && authorization !== `Bearer ${key}`) {
    fail(response, 401, `wrong key: ${authorization ?? 'none'}`);
  } else if (request.method === 'GET' && request.url === '/v1/models') {
    sendJson(response, 200, { object: 'list', data: [{ id: 'test-model', object: 'model' }] });
  } else if (request.method === 'POST' && request.url === '/v1/chat/completions') {
    const asked = readRequest(await bodyOf(request), authorization);
    remember(asked);
    await complete(response, asked);
  } else {
    fail(response, 404, `nothing at ${request.url ?? '/'}`);
  }
}

async function complete(response: ServerResponse, asked: SeenRequest): Promise<void> {
  const message = lastUserMessage(asked);
  const number = (name: string): number | undefined => {
    const found = new RegExp(`\\[${name} (\\d+)\\]`).exec(message)?.[1];
    return found === undefined ? undefined : Number(found);
  };
  const has = (name: string): boolean => message.includes(`[${name}]`);
  const pause = number('slow') ?? 0;
  const error = number('error');
  const pieces = piecesOf(message, number('chunks'));

  if (has('hang')) return;
  if (error !== undefined) return fail(response, error, `refused, key ${asked.authorization ?? 'none'}`);
  if (has('plain')) {
    const reply = { role: 'assistant', content: pieces.join('') };
    return sendJson(response, 200, { choices: [{ index: 0, message: reply, finish_reason: 'stop' }] });
  }
  response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
  response.flushHeaders();
  const broken = has('cut') || has('stall') || has('end-early');
  for (const piece of has('empty') ? [] : pieces.slice(0, broken ? 2 : has('stream-error') ? 1 : undefined)) {
    if (pause > 0) await new Promise((resolve) => setTimeout(resolve, pause));
    if (response.destroyed) return;
    sendChunk(response, { content: piece }, null);
  }
  if (has('stall')) return;
  if (has('end-early')) return void response.end();
  if (has('cut')) {
    // Let the pieces leave before the socket goes.
    return void response.write(': bye\n\n', () => response.socket?.destroy());
  }
  if (has('stream-error')) {
    response.end(`data: ${JSON.stringify({ error: { message: 'the model fell over', type: 'server_error' } })}\n\n`);
    return;
  }
  sendChunk(response, {}, has('tools') ? 'tool_calls' : 'stop');
  response.end('data: [DONE]\n\n');
}

function piecesOf(message: string, chunks: number | undefined): readonly string[] {
  if (chunks !== undefined) return Array.from({ length: chunks }, (_, index) => (index === 0 ? 'w0' : ` w${index}`));
  return `You said: ${message}`.match(/\s*\S+/g) ?? [];
}

/** OpenClaw adds a message of its own after the user's; it is not what was said. */
function lastUserMessage({ messages }: SeenRequest): string {
  const said = messages.filter(
    ({ role, content }) => role === 'user' && !content.includes('OPENCLAW_INTERNAL_CONTEXT'),
  );
  return said.at(-1)?.content ?? '';
}

function sendChunk(response: ServerResponse, delta: object, finishReason: string | null): void {
  const chunk = { object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason: finishReason }] };
  response.write(`data: ${JSON.stringify(chunk)}\n\n`);
}

function fail(response: ServerResponse, status: number, message: string): void {
  sendJson(response, status, { error: { message, type: 'invalid_request_error' } });
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) if (Buffer.isBuffer(part)) parts.push(part);
  return Buffer.concat(parts).toString();
}

function readRequest(body: string, authorization: string | undefined): SeenRequest {
  const value: unknown = JSON.parse(body);
  const fields = isRecord(value) ? value : {};
  const messages = Array.isArray(fields['messages']) ? fields['messages'].filter(isRecord) : [];
  return {
    path: '/v1/chat/completions',
    authorization,
    model: String(fields['model']),
    messages: messages.map(({ role, content }) => ({ role: String(role), content: textOf(content) })),
  };
}

/** Content is text, or a list of parts of which the text ones matter. */
function textOf(content: unknown): string {
  if (!Array.isArray(content)) return String(content);
  return content
    .flatMap((part) => (isRecord(part) && typeof part['text'] === 'string' ? [part['text']] : []))
    .join('\n');
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { port: { type: 'string', default: '0' }, key: { type: 'string' } } });
  const server = await startModelServer({
    port: Number(values.port),
    ...(values.key === undefined ? {} : { key: values.key }),
  });
  process.stdout.write(`listening on ${server.url}\n`);
}
