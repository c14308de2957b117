import { describeProblem, isObject, RpcErrorCode, type ToolCallEvent } from '@deskclaw/protocol';
import { type KnownChannels, noKnownChannels, reduceChannels } from '../channels/channel-changes.ts';
import { readWholeMessage } from '../chat/whole-message.ts';
import type { GatewayConnection } from '../connection/connection.ts';
import { GatewayError } from '../errors/gateway-error.ts';
import type { Emitter } from '../events/emitter.ts';
import type { Clock } from '../ports/clock.ts';
import { ChatWatch } from './chat-watch.ts';
import type { ManagerEvents } from './events.ts';

/** Rows of chat history requested after a break. A run that calls tools fills about ten. */
const CATCH_UP_ROWS = 100;

function readToolCall(params: Readonly<Record<string, unknown>>): ToolCallEvent | undefined {
  const { runId, sessionKey, callId, tool } = params;
  if (
    typeof runId !== 'string' ||
    typeof sessionKey !== 'string' ||
    typeof callId !== 'string' ||
    typeof tool !== 'string'
  )
    return undefined;
  return {
    runId,
    sessionKey,
    callId,
    tool,
    ...('arguments' in params ? { arguments: params['arguments'] } : {}),
    ...('result' in params ? { result: params['result'] } : {}),
  };
}

/** Returns the `tool:call` event of a notification; `undefined` for any other and for a malformed one. */
function readToolNotification(method: string, params: unknown): ManagerEvents['tool:call'] | undefined {
  if (!isObject(params) || (method !== 'tool.call_started' && method !== 'tool.call_completed')) return undefined;
  const call = readToolCall(params);
  return call && { ...call, state: method === 'tool.call_started' ? 'started' : 'completed' };
}

export interface NotificationRelayDeps {
  readonly clock: Clock;
  readonly connection: GatewayConnection;
  readonly events: Emitter<ManagerEvents>;
  /** The launch of ours that is connected to; `undefined` for an attached gateway. */
  readonly launch: () => number | undefined;
}

/**
 * Forwards what the gateway sends unasked: each notification as it came, and what it means for chats, channels and tool
 * calls in events that are the same for both dialects.
 */
export class NotificationRelay {
  readonly #deps: NotificationRelayDeps;
  readonly #chat: ChatWatch;
  /** Outlives a lost connection: after it, only a difference is an event. */
  #channels: KnownChannels = noKnownChannels;
  /** The launch that the last events came from. */
  #lastLaunch: number | undefined;

  constructor(deps: NotificationRelayDeps) {
    const { clock, connection, events } = deps;
    this.#deps = deps;
    this.#chat = new ChatWatch({
      clock,
      history: (sessionKey) => connection.request<string>('chat.history', { sessionKey, limit: CATCH_UP_ROWS }),
      emit: (update) => events.emit('chat:message', update),
    });
    this.#listen();
  }

  /** Remembers the run that an accepted `chat.send` began. */
  noteSent(params: unknown, answer: unknown): void {
    this.#chat.noteSent(params, answer);
  }

  noteReady(): void {
    this.#lastLaunch ??= this.#deps.launch();
  }

  /** Ends all waiting for chat events: the user stopped the gateway, or left it to another host. */
  clear(): void {
    this.#chat.clear();
  }

  #listen(): void {
    const { connection, events, launch } = this.#deps;
    connection.on('message', (frame) => events.emit('message', frame));
    connection.on('gap', (gap) => events.emit('gap', gap));
    connection.on('resync', (resync) => {
      this.#chat.catchUp(launch() !== this.#lastLaunch);
      this.#lastLaunch = launch();
      events.emit('resync', resync);
    });
    connection.on('error', (error) => events.emit('error', error));
    connection.on('notification', ({ method, params }) => {
      events.emit('notification', { jsonrpc: '2.0', method, params });
      this.#chat.handleNotification(method, params);
      const whole = readWholeMessage(method, params);
      if (whole !== undefined) events.emit('chat:message', whole);
      if (method === 'error') events.emit('error', this.#reportedError(params));
      this.#updateChannels(method, params);
      const call = readToolNotification(method, params);
      if (call !== undefined) events.emit('tool:call', call);
    });
  }

  /** The error that a gateway reports by the notification `error`. */
  #reportedError(params: unknown): GatewayError {
    const fields: Readonly<Record<string, unknown>> = isObject(params) ? params : { message: params };
    const code = typeof fields['code'] === 'number' || typeof fields['code'] === 'string' ? fields['code'] : undefined;
    const message = typeof fields['message'] === 'string' ? fields['message'] : 'The gateway reported an error';
    const rpc = {
      code: code ?? RpcErrorCode.ServerError,
      message,
      ...('data' in fields ? { data: fields['data'] } : {}),
    };
    const problem = describeProblem('rpc.error', { method: 'error', ...rpc }, this.#deps.clock.wallTime());
    return new GatewayError(problem, { rpc });
  }

  #updateChannels(method: string, params: unknown): void {
    const { known, events } = reduceChannels(this.#channels, method, params);
    this.#channels = known;
    for (const event of events) this.#deps.events.emit('channel:status', event);
  }
}
