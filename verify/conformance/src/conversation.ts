import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { call } from './handshake.ts';
import { type ChatRuns, type ChatUpdate, emptyChatRuns, isTerminal, nextChatDeadline, reduceChatRuns } from './ours.ts';
import { at, type Frame, type Wire } from './wire.ts';

export const SESSION = 'agent:main:main';
const POLL_INTERVAL_MS = 20;

/** A chat over one socket, as DeskClaw's own model of runs tells it. */
export class Conversation {
  readonly wire: Wire;
  readonly updates: ChatUpdate[] = [];
  /** The chat events as they came. */
  readonly raw: Frame[] = [];
  #runs: ChatRuns = emptyChatRuns;
  #heard: number;

  constructor(wire: Wire) {
    this.wire = wire;
    this.#heard = wire.frames.length;
  }

  #listen(): void {
    const now = performance.now();
    for (; this.#heard < this.wire.frames.length; this.#heard += 1) {
      const frame = this.wire.frames[this.#heard];
      if (frame?.['type'] !== 'event' || typeof frame['event'] !== 'string') continue;
      if (frame['event'] === 'chat' || frame['event'] === 'agent') this.raw.push(frame);
      this.#take(
        reduceChatRuns(this.#runs, { kind: 'notification', method: frame['event'], params: frame['payload'], at: now }),
      );
    }
    const due = nextChatDeadline(this.#runs);
    if (due !== undefined && due <= now) this.#take(reduceChatRuns(this.#runs, { kind: 'time', at: now }));
  }

  #take({ runs, updates }: ReturnType<typeof reduceChatRuns>): void {
    this.#runs = runs;
    this.updates.push(...updates);
  }

  /** Sends a message; its run bears the key we give it. */
  async send(message: string, runId: string = randomUUID()): Promise<{ runId: string; answer: Frame }> {
    const answer = await call(this.wire, 'chat.send', { sessionKey: SESSION, message, idempotencyKey: runId });
    const status = at(answer, 'payload', 'status');
    if (status === 'started') {
      this.#take(reduceChatRuns(this.#runs, { kind: 'sent', runId, sessionKey: SESSION, at: performance.now() }));
    }
    return { runId, answer };
  }

  async until(fits: (update: ChatUpdate) => boolean, what: string, limitMs = 120_000): Promise<ChatUpdate> {
    const deadline = performance.now() + limitMs;
    for (;;) {
      this.#listen();
      const found = this.updates.find(fits);
      if (found !== undefined) return found;
      if (performance.now() > deadline) {
        const said = this.raw.slice(-5).map((frame) => JSON.stringify(frame['payload']).slice(0, 300));
        throw new Error(`no ${what} within ${String(limitMs)} ms; the last events:\n${said.join('\n')}`);
      }
      await sleep(POLL_INTERVAL_MS);
    }
  }

  end(runId: string, limitMs?: number): Promise<ChatUpdate> {
    return this.until((update) => update.runId === runId && isTerminal(update), 'end of the run', limitMs);
  }

  /** Text that a screen shows after it applied all updates of the run. */
  shown(runId: string): string {
    return this.updates
      .filter((update) => update.runId === runId)
      .reduce((text, update) => (update.replaced ? update.text : text + (update.added ?? '')), '');
  }
}
