import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { isObject, type LoginContext, loginText, parseJson } from '@deskclaw/protocol';
import { WebSocket } from 'ws';

export interface PageSecret {
  readonly id: string;
  readonly secret: string;
}

function signed(session: PageSecret, side: 'page' | 'host', context: LoginContext): Buffer {
  const key = createHash('sha256').update(Buffer.from(session.secret, 'base64url')).digest();
  return createHmac('sha256', key).update(loginText(side, context)).digest();
}

/** What a page of that session sends as its proof. */
function pageProof(session: PageSecret, context: LoginContext): string {
  const mask = signed(session, 'page', context);
  return Buffer.from(Buffer.from(session.secret, 'base64url').map((byte, at) => byte ^ (mask[at] ?? 0))).toString(
    'base64url',
  );
}

/** What a host that knows the session answers. */
function hostProof(session: PageSecret, context: LoginContext): string {
  return signed(session, 'host', context).toString('base64url');
}

/** What a page gets for a request: a result, an error, or the end of its connection. */
export type Reply =
  | { readonly result: unknown }
  | { readonly error: { readonly code: number; readonly message: string } }
  | { readonly closed: number; readonly reason: string };

/** A dashboard page without a browser: one WebSocket and its login. */
export class DashboardPage {
  readonly origin: string;
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #socket: WebSocket;
  #lastId = 0;

  private constructor(socket: WebSocket, origin: string) {
    this.#socket = socket;
    this.origin = origin;
    this.closed = once(socket, 'close').then(([code, reason]: unknown[]) => ({
      code: Number(code),
      reason: String(reason),
    }));
  }

  /** @param host as the browser says it: another port number behind a tunnel. */
  static async connect(port: number, host = `127.0.0.1:${String(port)}`): Promise<DashboardPage> {
    const origin = `http://${host}`;
    const socket = new WebSocket(`ws://127.0.0.1:${String(port)}/control`, { headers: { host, origin } });
    const page = new DashboardPage(socket, origin);
    await once(socket, 'open');
    return page;
  }

  async ask(method: string, params?: unknown): Promise<Reply> {
    this.#lastId += 1;
    const id = this.#lastId;
    const answered = new Promise<Reply>((resolve) => {
      const listen = (data: unknown): void => {
        const frame = parseJson(String(data));
        if (!isObject(frame) || frame['id'] !== id) return;
        this.#socket.off('message', listen);
        const { error } = frame;
        resolve(
          isObject(error)
            ? { error: { code: Number(error['code']), message: String(error['message']) } }
            : { result: frame['result'] },
        );
      };
      this.#socket.on('message', listen);
      void this.closed.then(({ code, reason }) => resolve({ closed: code, reason }));
    });
    this.send(JSON.stringify({ jsonrpc: '2.0', id, method, ...(params === undefined ? {} : { params }) }));
    return answered;
  }

  send(text: string): void {
    this.#socket.send(text);
  }

  /** Redeems a link. */
  async open(link: string): Promise<PageSecret> {
    const reply = await this.ask('session.open', { token: new URL(link).searchParams.get('token') });
    const result = 'result' in reply && isObject(reply.result) ? reply.result : {};
    const { id, secret } = result;
    if (typeof id !== 'string' || typeof secret !== 'string') throw new Error(`no session: ${JSON.stringify(reply)}`);
    return { id, secret };
  }

  /** Continues a session. `origin`: the one that is proven, if it is not the page's own. */
  async resume(session: PageSecret, origin = this.origin): Promise<Reply & { readonly isHost?: boolean }> {
    const challenge = await this.ask('session.challenge');
    const hostNonce =
      'result' in challenge && isObject(challenge.result) ? String(challenge.result['nonce']) : 'no challenge';
    const context = { hostNonce, pageNonce: randomBytes(32).toString('base64url'), origin };
    const reply = await this.ask('session.resume', {
      id: session.id,
      nonce: context.pageNonce,
      proof: pageProof(session, context),
    });
    const proof = 'result' in reply && isObject(reply.result) ? reply.result['proof'] : undefined;
    return { ...reply, isHost: proof === hostProof(session, context) };
  }

  close(): void {
    this.#socket.terminate();
  }
}
