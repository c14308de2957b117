import { parseJson } from '@deskclaw/protocol';
import { errorMessage } from './completion-stream.ts';

/** Address of an OpenAI-compatible server and the model to use. */
export interface ModelServer {
  /** Name of the server in this gateway. */
  readonly provider: string;
  /** Ends before `/chat/completions`, usually in `/v1`. */
  readonly baseUrl: string;
  readonly model: string;
  readonly apiKey?: string;
}

const MAX_ERROR_CHARACTERS = 500;
const MAX_ERROR_BODY = 64 * 1024;

/** Sends one request to a model server; rejects with a readable message when the server refuses. */
export async function request(
  server: ModelServer,
  path: string,
  signal: AbortSignal,
  init: { readonly method: 'GET' } | { readonly method: 'POST'; readonly body: string },
): Promise<Response> {
  const response = await fetch(`${server.baseUrl.replace(/\/+$/, '')}/${path}`, {
    ...init,
    signal,
    // A redirect could carry the key to another host.
    redirect: 'error',
    headers: {
      accept: 'text/event-stream, application/json',
      ...(init.method === 'POST' ? { 'content-type': 'application/json' } : {}),
      ...(server.apiKey === undefined ? {} : { authorization: `Bearer ${server.apiKey}` }),
    },
  });
  if (response.ok) return response;
  let body = '';
  for await (const piece of textOf(response)) {
    body += piece;
    if (body.length > MAX_ERROR_BODY) break;
  }
  const detail = errorMessage(parseJson(body)) ?? body.trim();
  throw new Error(
    `The model server at ${server.baseUrl} answered HTTP ${response.status}${detail === '' ? '' : `: ${clean(detail, server)}`}`,
  );
}

export async function* textOf(response: Response): AsyncGenerator<string> {
  if (response.body === null) return;
  yield* response.body.pipeThrough(new TextDecoderStream());
}

/** Returns the reason of a failed request; `fetch` itself only says that it failed. */
export function explainFetch(fault: unknown, server: ModelServer): Error {
  if (!(fault instanceof TypeError)) return fault instanceof Error ? fault : new Error(String(fault));
  // fetch hides the reason ("fetch failed", "terminated") in `cause`.
  const cause = fault.cause instanceof Error ? fault.cause : fault;
  const code = 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
  const cut = fault.message === 'terminated' || code === 'UND_ERR_SOCKET';
  return cut
    ? new Error('The model server ended the reply in the middle.')
    : new Error(`The model server at ${server.baseUrl} cannot be reached: ${clean(code, server)}`);
}

/** Server text for people: bounded, and never with the key in it (servers like to quote it back). */
export function clean(text: string, server: ModelServer): string {
  const hidden = server.apiKey === undefined ? text : text.replaceAll(server.apiKey, '[key]');
  return hidden.length > MAX_ERROR_CHARACTERS ? `${hidden.slice(0, MAX_ERROR_CHARACTERS)}…` : hidden;
}
