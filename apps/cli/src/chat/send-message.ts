import { randomUUID } from 'node:crypto';
import {
  type ChatInput,
  type ChatUpdate,
  type Clock,
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

/** A model may think for minutes, so silence is no failure, but the user should know about it. */
export const SILENCE_MS = 10_000;

/** Notifies once per silence of a run. */
export class SilenceNotice {
  readonly #clock: Pick<Clock, 'schedule'>;
  readonly #notify: () => void;
  #cancel: (() => void) | undefined;

  constructor(clock: Pick<Clock, 'schedule'>, notify: () => void) {
    this.#clock = clock;
    this.#notify = notify;
    this.restart();
  }

  /** Restarts the timer after a sign of life. */
  restart(): void {
    this.close();
    this.#cancel = this.#clock.schedule(SILENCE_MS, this.#notify);
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

export interface Message {
  readonly text: string;
  readonly sessionKey: string;
}
export interface SentMessage {
  /** Resolves with the last update of the run; rejects when the end can no longer be learnt. */
  readonly ended: Promise<ChatUpdate>;
  /** Resolves with whether the gateway knew the run. For an unknown run, only the chat history is read once more. */
  abort(): Promise<boolean>;
}

const SEND_TIMEOUT_MS = 60_000;
/** A run that calls tools fills some ten rows. */
const CATCH_UP_ROWS = 100;

function unconfirmed(shell: Shell, reason: string): GatewayError {
  const detail = `${reason} The message was sent; whether it was answered is unknown.`;
  return new GatewayError(describeProblem('delivery.unconfirmed', { detail }, shell.now()));
}

/** Follows one run from the message to its last update, in both dialects. */
class RunFollower {
  readonly ended: Promise<ChatUpdate>;
  readonly #settle: PromiseWithResolvers<ChatUpdate>;
  readonly #show: (update: ChatUpdate) => void;
  #runs = emptyChatRuns;
  #runId: string | undefined;
  #closed = false;
  /** Updates received before the id of our run was known. */
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

  /**
   * Reads the chat history after missed events. `fresh`: the gateway will send no further events of runs the history does
   * not show.
   */
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

  /** Schedules the next deadline of the chat reducer, because some runs end by silence. */
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

/** Reads missed events after a reconnect, and fails the run when the gateway stops. */
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
      shell.message('(lost the connection to the gateway; reconnecting)');
      lost = true;
    }
  };
}

function silenceNotice(shell: Shell): SilenceNotice {
  const message = `(no reply for ${String(SILENCE_MS / 1_000)} s; to see what the gateway prints: deskclaw logs)`;
  return new SilenceNotice(nodeClock, () => shell.message(addProfileFlag(message, shell.namedProfile)));
}

/**
 * Sends a message and calls `show` with every update of the reply. The client must be subscribed to notifications and
 * status.
 */
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
  // Callers handle the rejection of `ended`; until they do, it must not count as unhandled.
  ended.catch(() => undefined);
  void client.closed.then(() => follower.fail(unconfirmed(shell, 'The host stopped.')));
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
    // The message was sent before a disconnect, so later events are unknown.
    if (isObject(answer) && answer['status'] !== 'started') follower.catchUp(client, false);
    return {
      ended,
      abort: async () => {
        const answer = await client.call('gateway.rpc', { method: 'chat.abort', params: { sessionKey, runId } });
        // A run that ended in the meantime is unknown to the gateway as well, and has reported its end.
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
