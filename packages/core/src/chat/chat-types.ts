import type { RunOutcome } from './chat-signals.ts';

export type TerminalState = RunOutcome | 'unconfirmed';

export interface ChatUpdate {
  readonly sessionKey: string;
  /** The run id that the sender knows. */
  readonly runId: string;
  /** The id of the other run that answers: our message had to wait behind a running one. */
  readonly via?: string;
  /**
   * The last four come once per run, and nothing after them. `unconfirmed`: the connection broke, and neither the gateway's
   * history nor its silence since tells how the run ended.
   */
  readonly state: 'status' | 'delta' | TerminalState;
  /** The whole reply so far. */
  readonly text: string;
  /** What was appended to `text` since the previous update; a final update may bring the rest. */
  readonly added?: string;
  /** Set when the earlier text is invalid: show `text` instead. */
  readonly replaced?: true;
  /** On a `status` update: the gateway's own phase, or `started`, `queued`, `retrying`. */
  readonly phase?: string;
  /** Set on a `final` update without any text. */
  readonly noReply?: true;
  /** Set on a `final` update without text: that run answered our message together with its own. */
  readonly answeredBy?: string;
  /** Why the run failed; on a `status` update, why the attempt before did. */
  readonly error?: string;
  /** What the gateway sent as the message, as it came; where it sent one that is no step of a run, `runId` may be empty. */
  readonly message?: unknown;
}

/** `at`: monotonic ms. */
export type ChatInput =
  | { readonly kind: 'notification'; readonly method: string; readonly params: unknown; readonly at: number }
  /** A message of ours was accepted as this run. */
  | { readonly kind: 'sent'; readonly runId: string; readonly sessionKey: string; readonly at: number }
  /** The answer to `chat.history`, which is requested after every reconnect for each of `openSessions`. */
  | {
      readonly kind: 'history';
      readonly sessionKey: string;
      /** `undefined` where the request failed. */
      readonly history: unknown;
      readonly at: number;
      /** Whether another process answers than the one the runs began in: runs it does not know are over. */
      readonly newProcess?: boolean;
    }
  /** Time passed: to be sent at `nextChatDeadline`. */
  | { readonly kind: 'time'; readonly at: number };

export interface ChatRun {
  readonly sessionKey: string;
  /** The run id that the sender knows, where the gateway uses another. */
  readonly sentAs?: string;
  readonly started: boolean;
  readonly text: string;
  readonly phase?: string;
  readonly ending?: { readonly as: RunOutcome; readonly error?: string; readonly due: number };
  /** After a break that left the state of the run unknown: when to stop waiting for an event of it. */
  readonly confirmBy?: number;
}

/** A message that got an empty `final` because another run was busy; its answer comes later, under a run not known yet. */
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
  /** Runs that have ended: 2026.9.6 sends some errors twice. */
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
