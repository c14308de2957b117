import { createHash, createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import {
  type ControlEventName,
  type ControlEvents,
  type ControlMethodName,
  createFailure,
  createNotification,
  createSuccess,
  type GatewayStatus,
  type HostInfo,
  isObject,
  isRpcRequest,
  type JournalRecord,
  type LogRecord,
  loginText,
  type Problem,
  parseJson,
  parseLoginRequest,
  RpcErrorCode,
  type RpcRequest,
} from '@deskclaw/protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { siteServer } from './site-server.ts';

/** How the script answers one method: with a result, with a problem, or not at all. */
export type Answer =
  | { readonly result: unknown }
  | { readonly problem: Problem; readonly outcome?: string }
  | { readonly silence: true };
export type Script = (params: unknown) => Answer | Promise<Answer>;

export interface ReceivedRequest {
  readonly method: string;
  readonly params: unknown;
}

/** A host that says what a test tells it to, over a real WebSocket, beside the real page. */
export class ScriptedHost {
  info: HostInfo;
  records: readonly JournalRecord[] = [];
  logs: readonly LogRecord[] = [];
  readonly received: ReceivedRequest[] = [];
  readonly #folder: string;
  readonly #scripts = new Map<string, Script>();
  readonly #gatewayScripts = new Map<string, Script>();
  readonly #clients = new Set<WebSocket>();
  readonly #waiting: { readonly method: string; readonly resolve: (asked: ReceivedRequest) => void }[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #tokens = new Set<string>();
  /** Secrets of the pages by id. */
  readonly #sessions = new Map<string, string>();
  #status: GatewayStatus;
  #server: Server | undefined;
  #port = 0;

  constructor(folder: string, info: HostInfo, status: GatewayStatus) {
    this.#folder = folder;
    this.info = info;
    this.#status = status;
  }

  get url(): string {
    return `http://127.0.0.1:${String(this.#port)}/`;
  }

  /** An address that opens the page once, as a real host makes them. */
  createLink(): string {
    const token = randomBytes(8).toString('hex');
    this.#tokens.add(token);
    return `${this.url}?token=${token}`;
  }

  /** Ends all sessions; open pages notice at their next connection. */
  forgetSessions(): void {
    this.#sessions.clear();
  }

  get clients(): number {
    return this.#clients.size;
  }

  /** The first time on a free port, afterwards on the same again. */
  async start(): Promise<void> {
    const server = siteServer(this.#folder);
    const sockets = new WebSocketServer({ server, path: '/control', maxPayload: 64 * 1024 * 1024 });
    sockets.on('connection', (shell) => this.#serve(shell));
    server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
    server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** As killed: no goodbye, and nobody listens any more. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const closed = once(server, 'close');
    server.close();
    for (const socket of this.#sockets) socket.destroy();
    this.#clients.clear();
    await closed;
  }

  get status(): GatewayStatus {
    return this.#status;
  }

  set status(status: GatewayStatus) {
    this.#status = status;
    this.emit('gateway.status', status);
  }

  emit<E extends ControlEventName>(event: E, payload: ControlEvents[E]): void {
    this.sendRaw(JSON.stringify(createNotification(event, { ...payload })));
  }

  sendRaw(text: string): void {
    for (const shell of this.#clients) shell.send(text);
  }

  answer(method: ControlMethodName, script: Script): void {
    this.#scripts.set(method, script);
  }

  /** How the gateway behind the host answers. */
  answerRpc(method: string, script: Script): void {
    this.#gatewayScripts.set(method, script);
  }

  /** Resolves with the next request of a method. */
  nextRequest(method: string): Promise<ReceivedRequest> {
    return new Promise((resolve) => this.#waiting.push({ method, resolve }));
  }

  #serve(shell: WebSocket): void {
    const nonce = randomBytes(8).toString('hex');
    shell.on('close', () => this.#clients.delete(shell));
    shell.on('message', (data) => {
      const frame = parseJson(String(data));
      const login = parseLoginRequest(frame);
      if (login !== undefined) {
        const result = this.#login(login, nonce);
        const refusal = { code: RpcErrorCode.AuthRequired, message: 'no session' };
        if (result !== undefined && login.method !== 'session.challenge') this.#clients.add(shell);
        shell.send(
          JSON.stringify(result === undefined ? createFailure(login.id, refusal) : createSuccess(login.id, result)),
        );
      } else if (isRpcRequest(frame)) void this.#reply(shell, frame);
    });
  }

  /** The result of a login request; `undefined` refuses it. The proof of the page is not checked here. */
  #login(login: NonNullable<ReturnType<typeof parseLoginRequest>>, hostNonce: string): unknown {
    switch (login.method) {
      case 'session.challenge':
        return { nonce: hostNonce };
      case 'session.open': {
        if (!this.#tokens.delete(login.params.token)) return undefined;
        const session = { id: login.params.token, secret: randomBytes(32).toString('base64url') };
        this.#sessions.set(session.id, session.secret);
        return session;
      }
      case 'session.resume': {
        const secret = this.#sessions.get(login.params.id);
        if (secret === undefined) return undefined;
        const context = { hostNonce, pageNonce: login.params.nonce, origin: new URL(this.url).origin };
        const key = createHash('sha256').update(Buffer.from(secret, 'base64url')).digest();
        return { proof: createHmac('sha256', key).update(loginText('host', context)).digest('base64url') };
      }
      default:
        return login satisfies never;
    }
  }

  async #reply(shell: WebSocket, { id, method, params }: RpcRequest): Promise<void> {
    const through = method === 'gateway.rpc' && isObject(params) ? params['method'] : undefined;
    const asked =
      typeof through === 'string' && isObject(params)
        ? { method: through, params: params['params'] }
        : { method, params };
    const answer =
      typeof through === 'string' ? await this.#askGateway(asked) : await this.#ask(asked.method, asked.params);
    this.received.push(asked);
    const waiter = this.#waiting.findIndex((one) => one.method === asked.method);
    if (waiter !== -1) this.#waiting.splice(waiter, 1)[0]?.resolve(asked);
    if ('silence' in answer) return;
    const frame =
      'result' in answer
        ? createSuccess(id, answer.result)
        : createFailure(id, {
            code: -32_000,
            message: answer.problem.title,
            data: { problem: answer.problem, outcome: answer.outcome },
          });
    shell.send(JSON.stringify(frame));
  }

  async #askGateway({ method, params }: ReceivedRequest): Promise<Answer> {
    const script = this.#gatewayScripts.get(method);
    return script === undefined ? { result: { messages: [] } } : script(params);
  }

  async #ask(method: string, params: unknown): Promise<Answer> {
    const script = this.#scripts.get(method);
    if (script !== undefined) return script(params);
    switch (method) {
      case 'host.info':
        return { result: this.info };
      case 'gateway.status':
        return { result: this.#status };
      case 'timeline.query':
        return { result: { records: this.records, truncated: false } };
      case 'logs.query':
        return { result: { records: this.logs, truncated: false } };
      default:
        return { result: { outcome: 'applied', generation: this.#status.generation } };
    }
  }
}
