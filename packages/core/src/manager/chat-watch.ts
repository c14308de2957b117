import { isObject } from '@deskclaw/protocol';
import { nextChatDeadline, openSessions, reduceChatRuns } from '../chat/chat-runs.ts';
import { type ChatRuns, type ChatUpdate, noChatRuns } from '../chat/chat-state.ts';
import type { Cancel, Clock } from '../ports/clock.ts';

export interface ChatWatchPorts {
  readonly clock: Clock;
  /** The gateway's answer to `chat.history`. */
  readonly history: (sessionKey: string) => Promise<unknown>;
  readonly tell: (update: ChatUpdate) => void;
}

/** Feeds notifications, passing time and, after a break, the gateway's history to the chat model, and passes on what it makes of them. */
export class ChatWatch {
  readonly #ports: ChatWatchPorts;
  #runs: ChatRuns = noChatRuns;
  #timer: Cancel | undefined;
  #closed = false;
  /** Counts rests: an answer of the history to a question from before one comes too late. */
  #rests = 0;

  constructor(ports: ChatWatchPorts) {
    this.#ports = ports;
  }

  take(method: string, params: unknown): void {
    this.#fold({ kind: 'notification', method, params, at: this.#ports.clock.now() });
  }

  /** The gateway accepted a message of ours: its run is known before it is heard of. */
  sent(params: unknown, answer: unknown): void {
    if (!isObject(params) || !isObject(answer)) return;
    const { sessionKey } = params;
    const { runId, status } = answer;
    // Of one sent again after its end, nothing more will come.
    const begins = status === 'started' || status === 'in_flight';
    if (typeof sessionKey !== 'string' || typeof runId !== 'string' || !begins) return;
    this.#fold({ kind: 'sent', runId, sessionKey, at: this.#ports.clock.now() });
  }

  /**
   * Events were missed: asks the history of every session with an open run how it stands.
   * @param fresh whether another process answers now.
   */
  catchUp(fresh: boolean): void {
    const asked = this.#rests;
    for (const sessionKey of openSessions(this.#runs)) {
      const fold = (history: unknown): void => {
        if (asked !== this.#rests) return;
        this.#fold({ kind: 'history', sessionKey, history, fresh, at: this.#ports.clock.now() });
      };
      this.#ports.history(sessionKey).then(fold, () => fold(undefined));
    }
  }

  /** Stopped by the user: nothing is waited for any more. What is open is asked of the next connection. */
  rest(): void {
    this.#rests += 1;
    this.#timer?.();
    this.#timer = undefined;
  }

  close(): void {
    this.#closed = true;
    this.rest();
  }

  #fold(input: Parameters<typeof reduceChatRuns>[1]): void {
    if (this.#closed) return;
    const { clock, tell } = this.#ports;
    const { runs, updates } = reduceChatRuns(this.#runs, input);
    this.#runs = runs;
    for (const update of updates) tell(update);
    this.#timer?.();
    const due = nextChatDeadline(runs);
    this.#timer =
      due === undefined
        ? undefined
        : clock.schedule(Math.max(0, due - clock.now()), () => this.#fold({ kind: 'time', at: clock.now() }));
  }
}
