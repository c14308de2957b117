import {
  createFailure,
  createSuccess,
  isObject,
  parseJson,
  RpcErrorCode,
  type RpcErrorObject,
  type RpcId,
  type RpcParams,
  type RpcResponse,
} from '@deskclaw/protocol';
import { invalidParams, RpcFault } from '../errors.ts';
import type { Dispatch } from '../methods/dispatch.ts';
import { check, object, text } from '../params/guard.ts';
import type { Cancel, Clock } from '../ports/clock.ts';
import type { Log } from '../ports/log.ts';
import type { TokenCheck } from '../server/access.ts';
import type { Announcement, FrameSocket, Session, ShutdownNotice, ShutdownReason } from '../server/session.ts';
import type { ChannelsService } from '../services/channels.ts';
import { type Incoming, notify, renderAnnouncement, sortIncoming } from './frames.ts';

/** How long a connection may stay without a token, where one is asked for. */
const LOGIN_MS = 15_000;
const MAX_BATCH = 1000;
const MAX_IN_FLIGHT = 4096;
/** Close code in the range that RFC 6455 leaves to applications; 4401 reads like HTTP 401. */
const CLOSE_UNAUTHORIZED = 4401;

const login = object({ token: text({ min: 1, max: 4096 }) });

export interface JsonRpcSessionPorts {
  readonly socket: FrameSocket;
  readonly dispatch: Dispatch;
  readonly token: TokenCheck;
  /** Whether the upgrade request already carried the right token. */
  readonly authenticated: boolean;
  readonly channels: ChannelsService;
  readonly clock: Clock;
  readonly log: Log;
}

/** JSON-RPC 2.0, the whole of https://www.jsonrpc.org/specification, server side. */
export class JsonRpcSession implements Session {
  readonly #ports: JsonRpcSessionPorts;
  #authenticated: boolean;
  #open = true;
  #inFlight = 0;
  #cancelDeadline: Cancel = () => undefined;
  readonly #disconnect = (): void => this.#ports.socket.close(CLOSE_UNAUTHORIZED, 'device unlinked');

  constructor(ports: JsonRpcSessionPorts) {
    this.#ports = ports;
    this.#authenticated = ports.authenticated || !ports.token.required;
    if (!this.#authenticated) {
      this.#cancelDeadline = ports.clock.schedule(LOGIN_MS, () =>
        ports.socket.close(CLOSE_UNAUTHORIZED, 'login expected'),
      );
    }
    // Sent unprompted, so that a client that detects the dialect by the first frame need not wait.
    ports.socket.event(notify('gateway.status_changed', { state: 'running' }));
  }

  receive(frame: string): void {
    const value = parseJson(frame);
    if (value === undefined) {
      this.#reply(
        createFailure(null, { code: RpcErrorCode.ParseError, message: 'Parse error: the frame is not JSON' }),
      );
    } else if (Array.isArray(value)) {
      void this.#receiveBatch(value);
    } else {
      void this.#receiveOne(value);
    }
  }

  receiveBinary(): void {
    this.#reply(createFailure(null, { code: RpcErrorCode.ParseError, message: 'Parse error: frames must be text' }));
  }

  announce(announcement: Announcement): void {
    // A shutdown is announced to every client, chat events only to authenticated ones.
    if (!this.#authenticated && announcement.kind !== 'shutdown') return;
    const frame = renderAnnouncement(announcement);
    if (frame !== undefined) this.#ports.socket.event(frame);
  }

  shutdownNotice(reason: ShutdownReason): ShutdownNotice {
    return reason === 'restarting'
      ? { code: 1012, reason: 'gateway restarting' }
      : { code: 1001, reason: 'gateway stopping' };
  }

  closed(): void {
    this.#open = false;
    this.#cancelDeadline();
    this.#ports.channels.unlinked(this.#disconnect);
  }

  async #receiveOne(value: unknown): Promise<void> {
    const response = await this.#answer(sortIncoming(value));
    if (response !== undefined) this.#reply(response);
  }

  async #receiveBatch(members: readonly unknown[]): Promise<void> {
    if (members.length === 0 || members.length > MAX_BATCH) {
      const problem =
        members.length === 0
          ? 'the batch is empty'
          : `a batch may have ${MAX_BATCH} members, this one has ${members.length}`;
      this.#reply(createFailure(null, { code: RpcErrorCode.InvalidRequest, message: `Invalid request: ${problem}` }));
      return;
    }
    const answers = await Promise.all(members.map((member) => this.#answer(sortIncoming(member))));
    const responses = answers.filter((answer) => answer !== undefined);
    if (responses.length > 0) this.#reply(responses);
  }

  async #answer(incoming: Incoming): Promise<RpcResponse | undefined> {
    switch (incoming.kind) {
      case 'request': {
        const { id, method, params } = incoming.request;
        return this.#call(id, method, params);
      }
      case 'notification': {
        const { method, params } = incoming.notification;
        await this.#call(null, method, params);
        return undefined;
      }
      case 'response':
        // The gateway sends no requests, so a response belongs to nothing.
        return undefined;
      case 'invalid':
        return createFailure(incoming.id, {
          code: RpcErrorCode.InvalidRequest,
          message: `Invalid request: ${incoming.problem}`,
        });
      default:
        return incoming satisfies never;
    }
  }

  async #call(id: RpcId, method: string, params: RpcParams | undefined): Promise<RpcResponse> {
    if (this.#inFlight >= MAX_IN_FLIGHT) {
      return createFailure(id, {
        code: RpcErrorCode.RateLimited,
        message: `${MAX_IN_FLIGHT} requests are unanswered on this connection`,
      });
    }
    this.#inFlight += 1;
    try {
      const result = method === 'auth.login' ? this.#login(params) : await this.#dispatch(method, params);
      return createSuccess(id, result);
    } catch (fault) {
      return createFailure(id, this.#errorOf(method, fault));
    } finally {
      this.#inFlight -= 1;
    }
  }

  #dispatch(method: string, params: RpcParams | undefined): unknown {
    if (!this.#authenticated) {
      throw new RpcFault(
        RpcErrorCode.AuthRequired,
        'Authentication required: send auth.login with the gateway token first',
      );
    }
    return this.#ports.dispatch(method, params);
  }

  #login(params: unknown): { readonly ok: true } {
    const checked = check(login, params);
    if (!checked.ok) throw invalidParams('auth.login', checked.fault);
    const { token } = checked.value;
    // The code of channels.getQRCode lets a second device in without the gateway's own token.
    const linked = this.#ports.channels.redeem(token, this.#disconnect);
    if (!linked && !this.#ports.token.accepts(token)) {
      // Closed only after the answer has been written: this runs before the caller's reply.
      queueMicrotask(() => setImmediate(() => this.#ports.socket.close(CLOSE_UNAUTHORIZED, 'wrong token')));
      throw new RpcFault(RpcErrorCode.AuthRequired, 'The token is not the one of this gateway');
    }
    this.#authenticated = true;
    this.#cancelDeadline();
    return { ok: true };
  }

  #errorOf(method: string, fault: unknown): RpcErrorObject {
    if (fault instanceof RpcFault) {
      const { code, message, data } = fault;
      return data === undefined ? { code, message } : { code, message, data };
    }
    this.#ports.log.error(
      `${method} failed: ${fault instanceof Error ? (fault.stack ?? fault.message) : String(fault)}`,
    );
    return { code: RpcErrorCode.InternalError, message: `Internal error in ${method}` };
  }

  #reply(frame: RpcResponse | readonly RpcResponse[]): void {
    if (this.#open) this.#ports.socket.reply(frame);
  }
}

/** Whether a first frame is OpenClaw's, when a socket serves both dialects. */
export function looksLikeOpenClaw(frame: string): boolean {
  const value = parseJson(frame);
  return isObject(value) && typeof value['type'] === 'string' && !('jsonrpc' in value);
}
