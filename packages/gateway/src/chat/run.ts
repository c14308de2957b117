import type { Agent, AgentTurn } from '../agent/agent.ts';
import type { Clock } from '../ports/clock.ts';

export type RunOutcome =
  | { readonly kind: 'final'; readonly text: string }
  | { readonly kind: 'failed'; readonly text: string; readonly error: string }
  | { readonly kind: 'aborted'; readonly text: string };

export interface RunRequest {
  readonly agent: Agent;
  readonly turns: readonly AgentTurn[];
  readonly signal: AbortSignal;
  readonly clock: Clock;
  /** The first piece is told at once, later ones at most this often (ms). */
  readonly deltaIntervalMs: number;
  readonly emit: (text: string, delta: string) => void;
}

/** Streams one reply to its end. Never rejects: every way it can end is an outcome. */
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
    // Not awaited: a source that hangs would hang its return() too.
    iterator.return?.().catch(() => undefined);
  }
}
