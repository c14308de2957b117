/** As much of Telegram's Bot API as a gateway asks of it: enough to be connected, and never a message. */
import { createServer, type Server, type ServerResponse } from 'node:http';

export interface BotServer {
  /** For a channel's `apiRoot`. */
  readonly url: string;
  close(): void;
}

/** An empty answer to a long poll, after so long. */
const POLL_MS = 1_000;

const bot = { id: 1, is_bot: true, first_name: 'Echo', username: 'echo_bot' };
const webhook = { url: '', has_custom_certificate: false, pending_update_count: 0 };

function reply(response: ServerResponse, result: unknown): void {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify({ ok: true, result }));
}

function answer(method: string, response: ServerResponse): void {
  switch (method) {
    case 'getMe':
      reply(response, bot);
      break;
    case 'getWebhookInfo':
      reply(response, webhook);
      break;
    case 'getUpdates':
      setTimeout(() => reply(response, []), POLL_MS);
      break;
    default:
      reply(response, true);
  }
}

export async function startBotServer(): Promise<BotServer> {
  const server: Server = createServer((request, response) => {
    request.resume();
    const method = new URL(request.url ?? '/', 'http://bot').pathname.split('/').at(-1) ?? '';
    request.on('end', () => answer(method, response));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not on a port');
  return {
    url: `http://127.0.0.1:${String(address.port)}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
