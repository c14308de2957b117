/** Reduces the events of any gateway to updates of chat runs. Pure, and runs in browsers. */
import { isRunActive, outcomeInHistory } from './chat-history.ts';
import { type ChatSignal, readChatSignal } from './chat-signals.ts';
import {
  type ChatInput,
  type ChatRun,
  type ChatRuns,
  type ChatStep,
  type ChatUpdate,
  type QueuedMessage,
  runFields,
  type TerminalState,
  unchanged,
  withoutRuns,
  withRun,
} from './chat-types.ts';

/**
 * OpenClaw itself waits 15 s after a failed attempt before it calls a run failed (LIFECYCLE_ERROR_RETRY_GRACE_MS in 2026.9.6);
 * 2026.5.28 often sends nothing more then.
 */
const FINAL_EVENT_MS = 15_000;
/** 2026.9.6 began the run of a queued message 56 ms after the one before it ended; as often it answers within that one. */
const QUEUE_MS = 3_000;
/** After a break, a run that goes on sends an event within this time; a model rarely works longer without one. */
const SILENCE_MS = 15_000;
/** Wait after the gateway reports the session as idle; its report about a run may be that late. */
const IDLE_MS = 3_000;
interface RunEnd {
  readonly as: TerminalState;
  readonly error?: string;
  /** The whole reply; absent: what was streamed. */
  readonly text?: string;
}

/** Returns how a text changed, for a screen that shows it incrementally. */
function change(before: string, after: string): Pick<ChatUpdate, 'added' | 'replaced'> {
  if (after === before) return {};
  return after.startsWith(before) ? { added: after.slice(before.length) } : { replaced: true };
}

/** Ends a run for good, and gives messages queued behind it a while to begin. */
function endRun(runs: ChatRuns, id: string, run: ChatRun, end: RunEnd, at: number): ChatStep {
  const rest = withoutRuns(runs, run.sentAs === undefined ? [id] : [id, run.sentAs]);
  const queued = rest.queued.map((wait) => (wait.behind === id ? { ...wait, due: at + QUEUE_MS } : wait));
  // An empty final text removes nothing: the streamed text stays.
  const text = end.text === undefined || end.text === '' ? run.text : end.text;
  const update: ChatUpdate = {
    ...runFields(id, { ...run, text }),
    state: end.as,
    ...change(run.text, text),
    ...(end.as === 'final' && text === '' ? { noReply: true } : {}),
    ...(end.as === 'error' ? { error: end.error ?? 'The run failed; the gateway gave no reason.' } : {}),
  };
  return { runs: { ...rest, queued }, updates: [update] };
}

/** Opens a run not seen before: it may be the answer to a message queued in this session. */
function openRun(runs: ChatRuns, id: string, sessionKey: string): ChatStep & { readonly run: ChatRun } {
  const waiting = runs.queued.filter((wait) => wait.sessionKey === sessionKey && wait.due !== undefined);
  const newest = waiting.at(-1);
  const run: ChatRun = { sessionKey, started: false, text: '', ...(newest && { sentAs: newest.runId }) };
  if (newest === undefined) return { runs, updates: [], run };
  // Several messages that waited together are answered together; the answer is shown under the last.
  const joined = waiting.slice(0, -1);
  return {
    run,
    runs: {
      ...withoutRuns(
        runs,
        joined.map((wait) => wait.runId),
      ),
      queued: runs.queued.filter((wait) => !waiting.includes(wait)),
    },
    updates: joined.map((wait) => answeredElsewhere(wait, id)),
  };
}

function answeredElsewhere({ sessionKey, runId }: QueuedMessage, answeredBy: string): ChatUpdate {
  return { sessionKey, runId, state: 'final', text: '', noReply: true, answeredBy };
}

function activeRunIn(runs: ChatRuns, sessionKey: string, except: string): string | undefined {
  for (const [id, run] of runs.running) {
    if (id !== except && run.sessionKey === sessionKey && run.started) return id;
  }
  return undefined;
}

function enqueue(runs: ChatRuns, id: string, sessionKey: string, behind: string): ChatStep {
  const running = new Map(runs.running);
  running.delete(id);
  return {
    runs: { ...runs, running, queued: [...runs.queued, { runId: id, sessionKey, behind }] },
    updates: [{ sessionKey, runId: id, state: 'status', text: '', phase: 'queued' }],
  };
}

/** @param error why the attempt before failed: each is told, though the phase is the same. */
function setPhase(runs: ChatRuns, id: string, run: ChatRun, phase: string, error?: string): ChatStep {
  if (run.phase === phase && error === undefined) return { runs: withRun(runs, id, run), updates: [] };
  const next: ChatRun = { ...run, phase };
  const reason = error === undefined ? {} : { error };
  return { runs: withRun(runs, id, next), updates: [{ ...runFields(id, next), state: 'status', phase, ...reason }] };
}

function mergeText(runs: ChatRuns, id: string, run: ChatRun, signal: Extract<ChatSignal, { kind: 'text' }>): ChatStep {
  const { whole, added = '', replace } = signal;
  // Appended text is known to be one: comparing the whole reply at each piece would cost the square of its length.
  const isAppended = whole === undefined && !replace;
  const text = whole ?? (replace ? added : run.text + added);
  const { ending, ...open } = run;
  // Text after a failed attempt means a retry. Text after a successful end is only the rest of it.
  const next: ChatRun = { ...open, started: true, text, ...(ending?.as === 'final' ? { ending } : {}) };
  const after = withRun(runs, id, next);
  if (isAppended ? added === '' : text === run.text) return { runs: after, updates: [] };
  const difference = isAppended ? { added } : change(run.text, text);
  return { runs: after, updates: [{ ...runFields(id, next), state: 'delta', ...difference }] };
}

function finish(
  runs: ChatRuns,
  id: string,
  run: ChatRun,
  signal: Extract<ChatSignal, { kind: 'ended' }>,
  at: number,
): ChatStep {
  const behind = activeRunIn(runs, run.sessionKey, id);
  const untouched = !run.started && run.sentAs === undefined && (signal.text ?? '') === '';
  if (signal.as === 'final' && untouched && behind !== undefined) return enqueue(runs, id, run.sessionKey, behind);
  return endRun(runs, id, run, signal, at);
}

function apply(runs: ChatRuns, id: string, run: ChatRun, signal: ChatSignal, at: number): ChatStep {
  switch (signal.kind) {
    case 'begun': {
      const { ending, ...open } = run;
      if (ending === undefined) return setPhase(runs, id, { ...open, started: true }, run.phase ?? 'started');
      return setPhase(runs, id, { ...open, started: true }, 'retrying', ending.error);
    }
    case 'phase':
      return setPhase(runs, id, { ...run, started: true }, signal.phase);
    case 'text':
      return mergeText(runs, id, run, signal);
    case 'ended':
      return finish(runs, id, run, signal, at);
    case 'ending': {
      const { as, error } = signal;
      const ending = { as, due: at + FINAL_EVENT_MS, ...(error === undefined ? {} : { error }) };
      return { runs: withRun(runs, id, { ...run, started: true, ending }), updates: [] };
    }
    case 'given-up':
      return run.ending?.as === 'error' ? endRun(runs, id, run, run.ending, at) : unchanged(runs);
    default:
      return signal satisfies never;
  }
}

/** Whether this is a message of ours that waits for, or is answered by, a run with another id. */
function isAnsweredElsewhere({ queued, running }: ChatRuns, id: string): boolean {
  return queued.some((wait) => wait.runId === id) || [...running.values()].some(({ sentAs }) => sentAs === id);
}

function applySignal(runs: ChatRuns, signal: ChatSignal, at: number): ChatStep {
  const id = signal.runId;
  if (runs.ended.includes(id)) return unchanged(runs);
  const known = runs.running.get(id);
  if (known !== undefined) {
    const { confirmBy: _confirmed, ...run } = known;
    return apply(runs, id, run, signal, at);
  }
  if (signal.sessionKey === undefined || isAnsweredElsewhere(runs, id)) return unchanged(runs);
  // A final event alone opens no queued message's run: it belongs to its own run.
  const opening =
    signal.kind === 'ended'
      ? { ...unchanged(runs), run: { sessionKey: signal.sessionKey, started: false, text: '' } }
      : openRun(runs, id, signal.sessionKey);
  const then = apply(opening.runs, id, opening.run, signal, at);
  return { runs: then.runs, updates: [...opening.updates, ...then.updates] };
}

function expiredEnd({ ending, confirmBy }: ChatRun, at: number): RunEnd | undefined {
  if (ending !== undefined) return ending.due <= at ? ending : undefined;
  return confirmBy !== undefined && confirmBy <= at ? { as: 'unconfirmed' } : undefined;
}

function expire(runs: ChatRuns, at: number): ChatStep {
  let step = unchanged(runs);
  for (const [id, run] of runs.running) {
    const end = expiredEnd(run, at);
    if (end === undefined) continue;
    const { runs: next, updates } = endRun(step.runs, id, run, end, at);
    step = { runs: next, updates: [...step.updates, ...updates] };
  }
  const overdue = step.runs.queued.filter((wait) => wait.due !== undefined && wait.due <= at);
  const ids = overdue.map((wait) => wait.runId);
  const queued = step.runs.queued.filter((wait) => !overdue.includes(wait));
  return {
    runs: overdue.length === 0 ? step.runs : { ...withoutRuns(step.runs, ids), queued },
    updates: [...step.updates, ...overdue.map((wait) => answeredElsewhere(wait, wait.behind))],
  };
}

type HistoryInput = Extract<ChatInput, { kind: 'history' }>;

/** Handles a run whose history shows no outcome: it is active, or waits for an event until a deadline, or ends unconfirmed. */
function awaitConfirmation(
  runs: ChatRuns,
  id: string,
  run: ChatRun,
  { history, at, newProcess }: HistoryInput,
): ChatStep {
  const isActive = isRunActive(history, run.sentAs ?? id, id);
  if (isActive === true || run.ending !== undefined) return unchanged(runs);
  if (newProcess === true) return endRun(runs, id, run, { as: 'unconfirmed' }, at);
  const confirmBy = at + (isActive === false ? IDLE_MS : SILENCE_MS);
  return unchanged(withRun(runs, id, { ...run, confirmBy }));
}

/** Applies the history: it holds final events that were sent while we were disconnected. */
function applyHistory(runs: ChatRuns, input: HistoryInput): ChatStep {
  const { sessionKey, history, at } = input;
  let step = unchanged(runs);
  for (const [id, run] of runs.running) {
    if (run.sessionKey !== sessionKey) continue;
    const outcome = outcomeInHistory(history, run.sentAs ?? id, id);
    const { runs: next, updates } =
      outcome === undefined ? awaitConfirmation(step.runs, id, run, input) : endRun(step.runs, id, run, outcome, at);
    step = { runs: next, updates: [...step.updates, ...updates] };
  }
  for (const { runId, sessionKey: session } of step.runs.queued) {
    const outcome = session === sessionKey ? outcomeInHistory(history, runId) : undefined;
    if (outcome === undefined) continue;
    const queued = step.runs.queued.filter((wait) => wait.runId !== runId);
    const waited: ChatRun = { sessionKey, started: false, text: '' };
    const { runs: next, updates } = endRun({ ...step.runs, queued }, runId, waited, outcome, at);
    step = { runs: next, updates: [...step.updates, ...updates] };
  }
  return step;
}

/** Returns the runs after one input, and the updates to emit. */
export function reduceChatRuns(runs: ChatRuns, input: ChatInput): ChatStep {
  switch (input.kind) {
    case 'notification': {
      const signal = readChatSignal(input.method, input.params);
      return signal === undefined ? unchanged(runs) : applySignal(runs, signal, input.at);
    }
    case 'sent': {
      const { runId, sessionKey } = input;
      const known = isAnsweredElsewhere(runs, runId) || runs.running.has(runId) || runs.ended.includes(runId);
      return unchanged(known ? runs : withRun(runs, runId, { sessionKey, started: false, text: '' }));
    }
    case 'history':
      return applyHistory(runs, input);
    case 'time':
      return expire(runs, input.at);
    default:
      return input satisfies never;
  }
}

/** Returns when to pass in `time` next, in monotonic ms; `undefined` while nothing waits. */
export function nextChatDeadline(runs: ChatRuns): number | undefined {
  const running = [...runs.running.values()].map((run) => run.ending?.due ?? run.confirmBy);
  const due = [...running, ...runs.queued.map((wait) => wait.due)];
  const times = due.filter((time) => time !== undefined);
  return times.length === 0 ? undefined : Math.min(...times);
}

/** Returns the sessions with a run that has not ended, as far as known. */
export function openSessions(runs: ChatRuns): readonly string[] {
  return [...new Set([...runs.running.values(), ...runs.queued].map(({ sessionKey }) => sessionKey))];
}

/** Returns whether this is the last update of its run. */
export function isTerminal(update: ChatUpdate): boolean {
  return update.state !== 'status' && update.state !== 'delta';
}
