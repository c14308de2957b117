import { type Clock, emptyChatRuns, nextChatDeadline, openSessions, reduceChatRuns } from '@deskclaw/core/client';
import { type GatewayStatus, isObject } from '@deskclaw/protocol';
import { toProblem } from '../host/payloads.ts';
import { type ChatEvent, type ChatState, emptyChat, reduceChat } from './conversation.ts';
import { readHistory } from './history.ts';

export interface ChatPorts {
  readonly clock: Clock;
  readonly random: { uuid(): string };
  /** Calls a method of the gateway. */
  readonly rpc: (method: string, params: unknown, idempotencyKey?: string) => Promise<unknown>;
  readonly changed: () => void;
}

const SESSION = 'main';
const HISTORY_LIMIT = 30;

/**
 * A gateway of ours that is being stopped may finish its replies first; what it does not finish will not come. One that is only
 * disconnected from goes on without us.
 */
function reachOf({ state }: GatewayStatus, wasAttached: boolean): 'running' | 'stopped' | 'away' {
  if (state === 'running') return 'running';
  return !wasAttached && (state === 'stopping' || state === 'stopped') ? 'stopped' : 'away';
}

function isUnknownOutcome(error: unknown): boolean {
  return error instanceof Error && 'outcome' in error && error.outcome === 'unknown';
}

/** A chat session that survives lost connections and never sends a message twice. */
export class Chat {
  readonly #ports: ChatPorts;
  #state: ChatState = emptyChat(SESSION);
  #runs = emptyChatRuns;
  /** Whether the gateway that ran last was somebody else's. */
  #isAttached = false;
  /** What the gateway was at the last status. */
  #gateway: 'running' | 'stopped' | 'away' = 'away';
  #cancelDeadline: (() => void) | undefined;

  constructor(ports: ChatPorts) {
    this.#ports = ports;
  }

  get state(): ChatState {
    return this.#state;
  }

  readonly send = (text: string): void => {
    const id = this.#ports.random.uuid();
    this.#apply({ type: 'sent', id, text, at: this.#ports.clock.wallTime() });
    void this.#deliver(id, text);
  };

  /** Uses the same idempotency key, so a message that did arrive takes effect once. */
  readonly resend = (id: string): void => {
    const sent = this.#state.messages.find((message) => message.kind === 'user' && message.id === id);
    if (sent === undefined) return;
    this.#apply({ type: 'resent', id });
    void this.#deliver(id, sent.text);
  };

  readonly discard = (id: string): void => this.#apply({ type: 'discarded', id });

  /** Asks the gateway to stop a reply; it is shown as stopped when the gateway says so. */
  readonly stop = (runId: string): void => {
    const params = { sessionKey: this.#state.sessionKey, runId };
    // A refused abort needs no message: the reply visibly continues.
    this.#ports.rpc('chat.abort', params).catch(() => undefined);
  };

  onNotification(method: string, params: unknown): void {
    this.#reduceRuns({ kind: 'notification', method, params, at: this.#ports.clock.now() });
  }

  onGatewayStatus(status: GatewayStatus): void {
    if (status.state === 'running') this.#isAttached = status.ownership === 'attached';
    const gateway = reachOf(status, this.#isAttached);
    if (gateway === this.#gateway) return;
    this.#gateway = gateway;
    switch (gateway) {
      case 'running':
        void this.#loadHistory();
        this.#loadMissedReplies();
        break;
      case 'stopped':
      case 'away':
        this.#apply({ type: 'interrupted', by: gateway === 'stopped' ? 'stopped' : 'lost' });
        break;
      default:
        gateway satisfies never;
    }
  }

  onHostLost(): void {
    this.#gateway = 'away';
    this.#apply({ type: 'interrupted', by: 'lost' });
  }

  close(): void {
    this.#cancelDeadline?.();
  }

  async #deliver(id: string, message: string): Promise<void> {
    const { clock } = this.#ports;
    const { sessionKey } = this.#state;
    try {
      const result = await this.#ports.rpc('chat.send', { sessionKey, message, idempotencyKey: id }, id);
      const runId = isObject(result) && typeof result['runId'] === 'string' ? result['runId'] : undefined;
      this.#apply({ type: 'accepted', id, runId, at: clock.wallTime() });
      if (runId !== undefined) this.#reduceRuns({ kind: 'sent', runId, sessionKey, at: clock.now() });
    } catch (error) {
      if (isUnknownOutcome(error)) this.#apply({ type: 'unconfirmed', id });
      else this.#apply({ type: 'refused', id, problem: toProblem(error, 'host.unreachable', clock.wallTime()) });
    }
  }

  async #loadHistory(): Promise<void> {
    try {
      const result = await this.#ports.rpc('chat.history', {
        sessionKey: this.#state.sessionKey,
        limit: HISTORY_LIMIT,
      });
      this.#apply({ type: 'history-loaded', messages: readHistory(result) });
    } catch {
      // A gateway without chat history is fine: the page then shows its own messages.
    }
  }

  /** Reads the session history to learn how interrupted replies ended. */
  #loadMissedReplies(): void {
    const { clock, rpc } = this.#ports;
    for (const sessionKey of openSessions(this.#runs)) {
      const fold = (history: unknown): void =>
        this.#reduceRuns({ kind: 'history', sessionKey, history, at: clock.now() });
      rpc('chat.history', { sessionKey, limit: HISTORY_LIMIT }).then(fold, () => fold(undefined));
    }
  }

  #reduceRuns(input: Parameters<typeof reduceChatRuns>[1]): void {
    const { runs, updates } = reduceChatRuns(this.#runs, input);
    this.#runs = runs;
    const at = this.#ports.clock.wallTime();
    for (const update of updates) this.#apply({ type: 'updated', update, at });
    this.#armDeadline();
  }

  #armDeadline(): void {
    this.#cancelDeadline?.();
    const deadline = nextChatDeadline(this.#runs);
    this.#cancelDeadline =
      deadline === undefined
        ? undefined
        : this.#ports.clock.schedule(Math.max(0, deadline - this.#ports.clock.now()), () =>
            this.#reduceRuns({ kind: 'time', at: this.#ports.clock.now() }),
          );
  }

  #apply(event: ChatEvent): void {
    const next = reduceChat(this.#state, event);
    if (next === this.#state) return;
    this.#state = next;
    this.#ports.changed();
  }
}
