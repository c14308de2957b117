import { isObject } from '@deskclaw/protocol';
import { nextChatDeadline, openSessions, reduceChatRuns } from '../chat/chat-runs.ts';
import { type ChatRuns, type ChatUpdate, emptyChatRuns } from '../chat/chat-state.ts';
import type { Cancel, Clock } from '../ports/clock.ts';

export interface ChatWatchDeps {
  readonly clock: Clock;
  /** The gateway's answer to `chat.history`. */
  readonly history: (sessionKey: string) => Promise<unknown>;
  readonly emit: (update: ChatUpdate) => void;
}

/** Feeds notifications, passing time and, after a break, the gateway's history to the chat model, and passes on what it makes of them. */
export class ChatWatch {
  readonly #deps: ChatWatchDeps;
  #runs: ChatRuns = emptyChatRuns;
  #timer: Cancel | undefined;
  #closed = false;
  /** Counts rests: an answer of the history to a question from before one comes too late. */
  #clears = 0;

  constructor(deps: ChatWatchDeps) {
    this.#deps = deps;
  }

  handleNotification(method: string, params: unknown): void {
    this.#reduce({ kind: 'notification', method, params, at: this.#deps.clock.now() });
  }

  /** The gateway accepted a message of ours: its run is known before it is heard of. */
  noteSent(params: unknown, answer: unknown): void {
    if (!isObject(params) || !isObject(answer)) return;
    const { sessionKey } = params;
    const { runId, status } = answer;
    // Of one sent again after its end, nothing more will come.
    const begins = status === 'started' || status === 'in_flight';
    if (typeof sessionKey !== 'string' || typeof runId !== 'string' || !begins) return;
    this.#reduce({ kind: 'sent', runId, sessionKey, at: this.#deps.clock.now() });
  }

  /**
   * Events were missed: asks the history of every session with an open run how it stands.
   * @param newProcess whether another process answers now.
   */
  catchUp(newProcess: boolean): void {
    const clearsBefore = this.#clears;
    for (const sessionKey of openSessions(this.#runs)) {
      const apply = (history: unknown): void => {
        if (clearsBefore !== this.#clears) return;
        this.#reduce({ kind: 'history', sessionKey, history, newProcess, at: this.#deps.clock.now() });
      };
      this.#deps.history(sessionKey).then(apply, () => apply(undefined));
    }
  }

  /** Stopped by the user: nothing is waited for any more. What is open is asked of the next connection. */
  clear(): void {
    this.#clears += 1;
    this.#timer?.();
    this.#timer = undefined;
  }

  close(): void {
    this.#closed = true;
    this.clear();
  }

  #reduce(input: Parameters<typeof reduceChatRuns>[1]): void {
    if (this.#closed) return;
    const { clock, emit: tell } = this.#deps;
    const { runs, updates } = reduceChatRuns(this.#runs, input);
    this.#runs = runs;
    for (const update of updates) tell(update);
    this.#timer?.();
    const due = nextChatDeadline(runs);
    this.#timer =
      due === undefined
        ? undefined
        : clock.schedule(Math.max(0, due - clock.now()), () => this.#reduce({ kind: 'time', at: clock.now() }));
  }
}
