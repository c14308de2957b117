import type { RunOutcome } from './chat-signals.ts';

export type TerminalState = RunOutcome | 'unconfirmed';

export interface ChatUpdate {
  readonly sessionKey: string;
  /** The run as its sender knows it. */
  readonly runId: string;
  /** The gateway answers under this other run: our message had to wait behind a running one. */
  readonly via?: string;
  /**
   * The last four come once per run, and nothing after them. `unconfirmed`: the connection broke, and neither the gateway's
   * history nor its silence since tells how the run ended.
   */
  readonly state: 'status' | 'delta' | TerminalState;
  /** The whole reply so far. */
  readonly text: string;
  /** What `text` has gained at its end since the update before; a last update may bring the rest. */
  readonly added?: string;
  /** What was shown no longer holds: show `text` instead. */
  readonly replaced?: true;
  /** Of a status: the gateway's own word, or `started`, `queued`, `retrying`. */
  readonly phase?: string;
  /** Of a final: it ended without a word. */
  readonly noReply?: true;
  /** Of a final without a word: our message was taken into the reply of that run. */
  readonly answeredBy?: string;
  readonly error?: string;
}

/** `at`: monotonic ms. */
export type ChatInput =
  | { readonly kind: 'notification'; readonly method: string; readonly params: unknown; readonly at: number }
  /** A message of ours was accepted as this run. */
  | { readonly kind: 'sent'; readonly runId: string; readonly sessionKey: string; readonly at: number }
  /** What the gateway answered to `chat.history`: to be asked after every reconnect for each of `openSessions`. */
  | {
      readonly kind: 'history';
      readonly sessionKey: string;
      /** `undefined`: it could not be had. */
      readonly history: unknown;
      readonly at: number;
      /** Another process answers than the one the runs began in: what it does not know of is over. */
      readonly newProcess?: boolean;
    }
  /** Time passed; to be told at `nextChatDeadline`. */
  | { readonly kind: 'time'; readonly at: number };

export interface ChatRun {
  readonly sessionKey: string;
  /** The sender's name for it, where the gateway uses another. */
  readonly sentAs?: string;
  readonly started: boolean;
  readonly text: string;
  readonly phase?: string;
  readonly ending?: { readonly as: RunOutcome; readonly error?: string; readonly due: number };
  /** After a break nobody could say how it stands: when to stop waiting to hear of it. */
  readonly confirmBy?: number;
}

/** A message that got an empty final because another run was busy; its answer comes later, under a run we do not know yet. */
export interface QueuedMessage {
  readonly runId: string;
  readonly sessionKey: string;
  readonly behind: string;
  /** When to stop waiting for a run of its own; unset while the one before it still works. */
  readonly due?: number;
}

export interface ChatRuns {
  readonly running: ReadonlyMap<string, ChatRun>;
  readonly queued: readonly QueuedMessage[];
  /** Runs that have ended: 2026.9.6 says some errors twice. */
  readonly ended: readonly string[];
}

export const emptyChatRuns: ChatRuns = { running: new Map(), queued: [], ended: [] };

const MAX_RUNNING = 256;
const MAX_ENDED = 512;

export interface ChatStep {
  readonly runs: ChatRuns;
  readonly updates: readonly ChatUpdate[];
}

export function unchanged(runs: ChatRuns): ChatStep {
  return { runs, updates: [] };
}

export function runFields(id: string, run: ChatRun): Pick<ChatUpdate, 'sessionKey' | 'runId' | 'via' | 'text'> {
  const { sessionKey, sentAs: prompt, text } = run;
  return prompt === undefined ? { sessionKey, runId: id, text } : { sessionKey, runId: prompt, via: id, text };
}

export function withRun(runs: ChatRuns, id: string, run: ChatRun): ChatRuns {
  const running = new Map(runs.running).set(id, run);
  for (const oldest of running.keys()) {
    if (running.size <= MAX_RUNNING) break;
    running.delete(oldest);
  }
  return { ...runs, running };
}

export function withoutRuns(runs: ChatRuns, ids: readonly string[]): ChatRuns {
  const running = new Map(runs.running);
  for (const id of ids) running.delete(id);
  return { ...runs, running, ended: [...runs.ended, ...ids].slice(-MAX_ENDED) };
}
