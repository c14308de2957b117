import type { GatewayConnection } from '../connection/connection.ts';
import type { Emitter } from '../events/emitter.ts';
import type { Clock } from '../ports/clock.ts';
import type { RequestOptions } from '../rpc/options.ts';
import { ChannelWatch } from './channel-watch.ts';
import { ChatWatch } from './chat-watch.ts';
import type { ManagerEvents } from './events.ts';
import { readToolNotification } from './notifications.ts';

/** A run that calls tools fills some ten rows. */
const CATCH_UP_ROWS = 100;

export interface GatewayEventsDeps {
  readonly clock: Clock;
  readonly connection: GatewayConnection;
  readonly events: Emitter<ManagerEvents>;
  /** The launch of ours that is connected to; `undefined` where the gateway is somebody else's. */
  readonly launch: () => number | undefined;
}

/** What the gateway says by itself, told on as it came and as chats, channels and tool calls, which are the same in both dialects. */
export class GatewayEvents {
  readonly #deps: GatewayEventsDeps;
  readonly #chat: ChatWatch;
  readonly #channels: ChannelWatch;
  /** The launch that events were last heard of. */
  #lastLaunch: number | undefined;

  constructor(deps: GatewayEventsDeps) {
    const { clock, connection, events } = deps;
    this.#deps = deps;
    this.#chat = new ChatWatch({
      clock,
      history: (sessionKey) => connection.request<string>('chat.history', { sessionKey, limit: CATCH_UP_ROWS }),
      emit: (update) => events.emit('chat:message', update),
    });
    this.#channels = new ChannelWatch((event) => events.emit('channel:status', event));
    this.#listen();
  }

  async request(method: string, params: unknown, deps: RequestOptions | undefined): Promise<unknown> {
    const answer = await this.#deps.connection.request<string>(method, params, deps);
    if (method === 'chat.send') this.#chat.noteSent(params, answer);
    return answer;
  }

  noteReady(): void {
    this.#lastLaunch ??= this.#deps.launch();
  }

  /** Stopped by the user: nothing is waited for any more. */
  clear(): void {
    this.#chat.clear();
  }

  close(): void {
    this.#chat.close();
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
      events.emit('notification', { method, params });
      this.#chat.handleNotification(method, params);
      this.#channels.handleNotification(method, params);
      const call = readToolNotification(method, params);
      if (call !== undefined) events.emit('tool:call', call);
    });
  }
}
