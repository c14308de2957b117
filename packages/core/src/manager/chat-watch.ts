import { foldChat, nextChatDeadline } from '../openclaw/chat-runs.ts';
import { type ChatRuns, type ChatUpdate, noChatRuns } from '../openclaw/chat-state.ts';
import type { Cancel, Clock } from '../ports/clock.ts';

/** Feeds notifications and passing time to the chat model, and passes on what it makes of them. */
export class ChatWatch {
  readonly #clock: Clock;
  readonly #tell: (update: ChatUpdate) => void;
  #runs: ChatRuns = noChatRuns;
  #timer: Cancel | undefined;

  constructor(clock: Clock, tell: (update: ChatUpdate) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  take(method: string, params: unknown): void {
    this.#fold({ kind: 'notification', method, params, at: this.#clock.now() });
  }

  stop(): void {
    this.#timer?.();
    this.#timer = undefined;
  }

  #fold(input: Parameters<typeof foldChat>[1]): void {
    const { runs, updates } = foldChat(this.#runs, input);
    this.#runs = runs;
    for (const update of updates) this.#tell(update);
    this.stop();
    const due = nextChatDeadline(runs);
    if (due === undefined) return;
    this.#timer = this.#clock.schedule(Math.max(0, due - this.#clock.now()), () =>
      this.#fold({ kind: 'time', at: this.#clock.now() }),
    );
  }
}
