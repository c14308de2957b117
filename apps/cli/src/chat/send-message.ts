import { randomUUID } from 'node:crypto';
import {
  type ChatInput,
  type ChatUpdate,
  type ControlClient,
  emptyChatRuns,
  GatewayError,
  isTerminal,
  nextChatDeadline,
  nodeClock,
  openSessions,
  reduceChatRuns,
} from '@deskclaw/core';
import { describeProblem, type GatewayStatus, isObject } from '@deskclaw/protocol';
import { addProfileFlag } from '../output/problem.ts';
import type { Shell } from '../shell.ts';
import { SILENCE_MS, SilenceNotice } from './silence-notice.ts';

export interface Message {
  readonly text: string;
  readonly sessionKey: string;
}
export interface SentMessage {
  /** The update that ended the run; rejects where that can no longer be learnt. */
  readonly ended: Promise<ChatUpdate>;
  /** Resolves to whether the gateway knew the run. Of one it does not know, nothing more than the history tells is waited for. */
  abort(): Promise<boolean>;
}

const SEND_TIMEOUT_MS = 60_000;
/** A run that calls tools fills some ten rows. */
const CATCH_UP_ROWS = 100;

function unconfirmed(shell: Shell, reason: string): GatewayError {
  const detail = `${reason} The message was sent; whether it was answered is unknown.`;
  return new GatewayError(describeProblem('delivery.unconfirmed', { detail }, shell.now()));
}

/** Follows one run from the sending to its end, whatever the gateway's dialect. */
class RunFollower {
  readonly ended: Promise<ChatUpdate>;
  readonly #settle: PromiseWithResolvers<ChatUpdate>;
  readonly #show: (update: ChatUpdate) => void;
  #runs = emptyChatRuns;
  #runId: string | undefined;
  #closed = false;
  /** What came before we knew which run is ours. */
  #early: ChatUpdate[] = [];
  #cancelTimer: (() => void) | undefined;
  readonly #silence: SilenceNotice;

  constructor(show: (update: ChatUpdate) => void, silence: SilenceNotice) {
    this.#silence = silence;
    this.#settle = Promise.withResolvers();
    this.ended = this.#settle.promise;
    this.#show = show;
  }

  apply(input: ChatInput): void {
    const { runs, updates } = reduceChatRuns(this.#runs, input);
    this.#runs = runs;
    for (const update of updates) {
      if (this.#runId === undefined) this.#early.push(update);
      else this.#deliver(update);
    }
    this.#schedule();
  }

  setRunId(runId: string): void {
    this.#runId = runId;
    for (const update of this.#early.splice(0)) this.#deliver(update);
  }

  fail(error: Error): void {
    this.close();
    this.#settle.reject(error);
  }

  /** Events were missed: the history tells how the run stands. `fresh`: none will come any more of what it does not tell. */
  catchUp(client: ControlClient, fresh: boolean): void {
    for (const sessionKey of openSessions(this.#runs)) {
      const applyHistory = (history: unknown): void =>
        this.apply({ kind: 'history', sessionKey, history, newProcess: fresh, at: nodeClock.now() });
      const params = { sessionKey, limit: CATCH_UP_ROWS };
      client.call('gateway.rpc', { method: 'chat.history', params }).then(applyHistory, () => applyHistory(undefined));
    }
  }

  get isOver(): boolean {
    return this.#closed;
  }

  close(): void {
    this.#closed = true;
    this.#silence.close();
    this.#cancelTimer?.();
  }

  #deliver(update: ChatUpdate): void {
    if (update.runId !== this.#runId) return;
    this.#silence.restart();
    this.#show(update);
    if (!isTerminal(update)) return;
    this.close();
    this.#settle.resolve(update);
  }

  /** Some runs end by silence: the fold says until when to wait for them. */
  #schedule(): void {
    this.#cancelTimer?.();
    const deadline = nextChatDeadline(this.#runs);
    if (deadline === undefined || this.#closed) return;
    this.#cancelTimer = nodeClock.schedule(
      Math.max(0, deadline - nodeClock.now()),
      () => this.apply({ kind: 'time', at: nodeClock.now() }),
      { keepAlive: true },
    );
  }
}

function runIdOf(answer: unknown, key: string): string {
  return isObject(answer) && typeof answer['runId'] === 'string' ? answer['runId'] : key;
}

/** Back after a loss: what was missed is asked for. A gateway that has ended tells nothing any more. */
function watchGateway(
  shell: Shell,
  client: ControlClient,
  follower: RunFollower,
  before: GatewayStatus,
): (status: GatewayStatus) => void {
  let lost = false;
  let { pid } = before;
  return (status) => {
    if (status.state === 'stopped' || status.state === 'error') {
      follower.fail(unconfirmed(shell, `The gateway is in state "${status.state}".`));
    } else if (status.state === 'running') {
      const replaced = status.pid !== undefined && status.pid !== pid;
      pid = status.pid ?? pid;
      if (lost || replaced) follower.catchUp(client, replaced);
      lost = false;
    } else if (!lost) {
      shell.message('(the connection to the gateway was lost, it is being restored)');
      lost = true;
    }
  };
}

function silenceNotice(shell: Shell): SilenceNotice {
  const message = `(no word of it for ${String(SILENCE_MS / 1_000)} s; what the gateway prints: deskclaw logs)`;
  return new SilenceNotice(nodeClock, () => shell.message(addProfileFlag(message, shell.namedProfile)));
}

/** Sends a message; `show` gets every step of the reply. The client must be subscribed to notifications and status. */
export async function sendMessage(
  shell: Shell,
  client: ControlClient,
  message: Message,
  show: (update: ChatUpdate) => void,
): Promise<SentMessage> {
  const { text, sessionKey } = message;
  const before = await client.call('gateway.status');
  const follower = new RunFollower(show, silenceNotice(shell));
  const release = [
    client.on('gateway.notification', ({ method, params }) =>
      follower.apply({ kind: 'notification', method, params, at: nodeClock.now() }),
    ),
    client.on('gateway.status', watchGateway(shell, client, follower, before)),
  ];
  const key = randomUUID();
  const ended = follower.ended.finally(() => {
    for (const off of release) off();
  });
  // Whoever awaits `ended` hears of it; until then it must not count as unhandled.
  ended.catch(() => undefined);
  void client.closed.then(() => follower.fail(unconfirmed(shell, 'The host ended.')));
  try {
    const answer = await client.call('gateway.rpc', {
      method: 'chat.send',
      params: { sessionKey, message: text, idempotencyKey: key },
      idempotencyKey: key,
      timeoutMs: SEND_TIMEOUT_MS,
    });
    const runId = runIdOf(answer, key);
    follower.apply({ kind: 'sent', runId, sessionKey, at: nodeClock.now() });
    follower.setRunId(runId);
    // It had been sent before a break, and of what happened since nothing is known.
    if (isObject(answer) && answer['status'] !== 'started') follower.catchUp(client, false);
    return {
      ended,
      abort: async () => {
        const answer = await client.call('gateway.rpc', { method: 'chat.abort', params: { sessionKey, runId } });
        // One that ended meanwhile is not known any more either, and has told its end.
        if (follower.isOver || !isObject(answer) || answer['aborted'] !== false) return true;
        follower.catchUp(client, true);
        return false;
      },
    };
  } catch (error) {
    follower.fail(error instanceof Error ? error : new Error(String(error)));
    throw error;
  }
}
