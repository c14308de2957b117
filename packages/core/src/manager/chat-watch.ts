import { isObject } from '@deskclaw/protocol';
import { nextChatDeadline, openSessions, reduceChatRuns } from '../chat/chat-reducer.ts';
import { type ChatRuns, type ChatUpdate, emptyChatRuns } from '../chat/chat-types.ts';
import type { Cancel, Clock } from '../ports/clock.ts';

export interface ChatWatchDeps {
  readonly clock: Clock;
  /** The gateway's answer to `chat.history`. */
  readonly history: (sessionKey: string) => Promise<unknown>;
  readonly emit: (update: ChatUpdate) => void;
}

/** Feeds notifications, time and, after a break, the gateway's history to the chat reducer, and emits its updates. */
export class ChatWatch {
  readonly #deps: ChatWatchDeps;
  #runs: ChatRuns = emptyChatRuns;
  #timer: Cancel | undefined;
  /** Counts calls of `clear`: a history that was requested before one arrives too late. */
  #clears = 0;

  constructor(deps: ChatWatchDeps) {
    this.#deps = deps;
  }

  handleNotification(method: string, params: unknown): void {
    this.#reduce({ kind: 'notification', method, params, at: this.#deps.clock.now() });
  }

  /** Registers the run of an accepted `chat.send`, before its first event arrives. */
  noteSent(params: unknown, answer: unknown): void {
    if (!isObject(params) || !isObject(answer)) return;
    const { sessionKey } = params;
    const { runId, status } = answer;
    // A run that was sent again after its end emits no more events.
    const begins = status === 'started' || status === 'in_flight';
    if (typeof sessionKey !== 'string' || typeof runId !== 'string' || !begins) return;
    this.#reduce({ kind: 'sent', runId, sessionKey, at: this.#deps.clock.now() });
  }

  /**
   * Requests the history of every session with an open run, after events were missed.
   * @param newProcess whether another gateway process answers now.
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

  /** Ends all waiting: the user stopped the gateway, or left it to another host. The next connection asks the history about open runs. */
  clear(): void {
    this.#clears += 1;
    this.#timer?.();
    this.#timer = undefined;
  }

  #reduce(input: Parameters<typeof reduceChatRuns>[1]): void {
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
