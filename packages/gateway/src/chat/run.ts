import type { ChatRecord } from '@deskclaw/protocol';
import type { Agent, AgentLabel, AgentTurn } from '../agent/agent.ts';
import type { Clock } from '../ports/clock.ts';

interface RunEventCommon {
  readonly runId: string;
  readonly sessionKey: string;
  /** Counts the events of one run from 0; `started` bears the number of the event after it. */
  readonly seq: number;
  /** Epoch ms. */
  readonly at: number;
}

/** Events of one chat run, in order: accepted, started, deltas, and exactly one of final, failed, aborted. */
export type RunEvent = RunEventCommon &
  (
    | { readonly kind: 'accepted'; readonly record: ChatRecord }
    | { readonly kind: 'started'; readonly label: AgentLabel }
    | { readonly kind: 'delta'; readonly text: string; readonly delta: string }
    | { readonly kind: 'final'; readonly text: string }
    | { readonly kind: 'failed'; readonly text: string; readonly error: string }
    | { readonly kind: 'aborted'; readonly text: string }
  );

export type RunOutcome =
  | { readonly kind: 'final'; readonly text: string }
  | { readonly kind: 'failed'; readonly text: string; readonly error: string }
  | { readonly kind: 'aborted'; readonly text: string };

export interface RunRequest {
  readonly agent: Agent;
  readonly turns: readonly AgentTurn[];
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** Minimum interval between deltas, in ms; the first one is sent at once. */
  readonly deltaIntervalMs: number;
  readonly emit: (text: string, delta: string) => void;
}

/** Streams one reply to its end. Never rejects: every end is an outcome. */
export async function runReply(request: RunRequest): Promise<RunOutcome> {
  const { agent, turns, signal, clock, deltaIntervalMs, emit } = request;
  let text = '';
  let emittedLength = 0;
  let emittedAt = Number.NEGATIVE_INFINITY;
  const emitPending = (): void => {
    if (emittedLength === text.length) return;
    emit(text, text.slice(emittedLength));
    emittedLength = text.length;
    emittedAt = clock.now();
  };
  let cancelTimer: (() => void) | undefined;
  const emitSoon = (): void => {
    const wait = emittedAt + deltaIntervalMs - clock.now();
    if (wait <= 0) emitPending();
    else
      cancelTimer ??= clock.schedule(wait, () => {
        cancelTimer = undefined;
        if (!signal.aborted) emitPending();
      });
  };
  try {
    for await (const piece of untilAborted(agent.reply(turns, signal), signal)) {
      text += piece;
      emitSoon();
    }
    if (signal.aborted) return { kind: 'aborted', text };
    emitPending();
    return text === '' ? { kind: 'failed', text, error: 'The reply was empty.' } : { kind: 'final', text };
  } catch (fault) {
    if (signal.aborted) return { kind: 'aborted', text };
    emitPending();
    return { kind: 'failed', text, error: fault instanceof Error ? fault.message : String(fault) };
  } finally {
    cancelTimer?.();
  }
}

/** Ends as soon as the signal aborts, even when the source never yields again. */
async function* untilAborted(source: AsyncIterable<string>, signal: AbortSignal): AsyncGenerator<string> {
  const { promise: aborted, resolve } = Promise.withResolvers<'aborted'>();
  const onAbort = (): void => resolve('aborted');
  if (signal.aborted) onAbort();
  signal.addEventListener('abort', onAbort, { once: true });
  const iterator = source[Symbol.asyncIterator]();
  try {
    while (true) {
      const step = await Promise.race([iterator.next(), aborted]);
      if (step === 'aborted' || step.done === true) return;
      yield step.value;
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    // Not awaited: the `return()` of a hanging source would hang too.
    iterator.return?.().catch(() => undefined);
  }
}

const MAX_TURNS = 40;
const MAX_CHARACTERS = 60_000;

/**
 * Returns what the model receives: the newest exchanges that fit, each answer after its question, then the current
 * message. Queued messages and failed answers are left out.
 */
export function turnsFor(
  records: readonly ChatRecord[],
  runId: string,
  systemPrompt: string | undefined,
): readonly AgentTurn[] {
  const current = records.find((record) => record.runId === runId && record.role === 'user');
  if (current === undefined) return [];
  const answers = new Map(
    records
      .filter((record) => record.role === 'assistant' && record.text !== '')
      .map((record) => [record.runId, record]),
  );
  const turns: AgentTurn[] = [{ role: 'user', text: current.text }];
  let charactersLeft = MAX_CHARACTERS - current.text.length;
  for (const question of records.slice(0, records.indexOf(current)).reverse()) {
    const answer = answers.get(question.runId);
    if (question.role !== 'user' || answer === undefined || answer.state === 'error') continue;
    charactersLeft -= question.text.length + answer.text.length;
    if (charactersLeft < 0 || turns.length >= MAX_TURNS) break;
    turns.unshift({ role: 'user', text: question.text }, { role: 'assistant', text: answer.text });
  }
  return systemPrompt === undefined ? turns : [{ role: 'system', text: systemPrompt }, ...turns];
}
