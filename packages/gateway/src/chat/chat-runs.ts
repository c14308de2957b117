import { type ChatRecord, RpcErrorCode } from '@deskclaw/protocol';
import type { Agent } from '../agent/agent.ts';
import { notSaved, RpcFault } from '../errors.ts';
import type { Clock, Random } from '../ports/clock.ts';
import { Emitter } from '../ports/emitter.ts';
import type { Log } from '../ports/log.ts';
import { type RunEvent, type RunOutcome, runReply, turnsFor } from './run.ts';
import { type Transcript, type TranscriptStore, TranscriptStoreFull } from './transcript.ts';

const MAX_WAITING = 100;
const DELTA_INTERVAL_MS = 15;

export interface ChatRunsPorts {
  readonly transcripts: TranscriptStore;
  /** Asked at the start of each run: settings may have changed since the last. */
  readonly agent: () => Agent;
  readonly systemPrompt: () => string | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** A fault: messages are stored, and their runs are dropped before they begin. */
  readonly forgetsRuns?: boolean;
}

export interface SendRequest {
  readonly sessionKey: string;
  readonly message: string;
  /** Becomes the run's id; the same key in the same session is the same run, also after a restart. */
  readonly idempotencyKey?: string | undefined;
}
export interface SendAnswer {
  readonly runId: string;
  readonly status: 'started' | 'in_flight' | 'ok';
}

interface LiveRun {
  readonly runId: string;
  readonly transcript: Transcript;
  readonly abort: AbortController;
  /** Rejects with an `RpcFault` when the message could not be saved. */
  readonly accepted: Promise<void>;
  readonly ended: PromiseWithResolvers<void>;
  phase: 'waiting' | 'performing';
  seq: number;
}

/** `RunEvent` without what every event of a run shares. */
type RunEventBody = RunEvent extends infer E
  ? E extends RunEvent
    ? Omit<E, 'runId' | 'sessionKey' | 'seq' | 'at'>
    : never
  : never;

/**
 * Runs chat messages, one at a time per session; the others queue. Every run ends with exactly one of final, failed,
 * aborted.
 */
export class ChatRuns {
  readonly #ports: ChatRunsPorts;
  readonly #events: Emitter<RunEvent>;
  /** Live runs of each session, in the order they were sent. */
  readonly #sessions = new Map<string, LiveRun[]>();
  #draining = false;

  constructor(ports: ChatRunsPorts) {
    this.#ports = ports;
    this.#events = new Emitter((fault) => ports.log.error(`a listener of chat runs threw: ${String(fault)}`));
  }

  onEvent(listener: (event: RunEvent) => void): () => void {
    return this.#events.add(listener);
  }

  /** Resolves once the message is safely in the history; the reply follows as events. */
  async send(request: SendRequest): Promise<SendAnswer> {
    if (this.#draining) throw new RpcFault(RpcErrorCode.ServerError, 'chat.send: the gateway is going away');
    const { sessionKey, message } = request;
    const runId = request.idempotencyKey ?? this.#ports.random.uuid();
    const live = this.#sessions.get(sessionKey) ?? [];
    const known = live.find((run) => run.runId === runId);
    if (known !== undefined) {
      await known.accepted;
      return { runId, status: 'in_flight' };
    }
    const transcript = this.#openTranscript(sessionKey);
    const stored = transcript.records.filter((record) => record.runId === runId);
    if (stored.some((record) => record.role === 'assistant')) return { runId, status: 'ok' };
    if (live.length > MAX_WAITING) {
      throw new RpcFault(RpcErrorCode.RateLimited, `chat.send: ${live.length} messages already wait in this session`);
    }
    // A message that an earlier process stored but never answered is answered now, not stored twice.
    const record = stored[0] ?? this.#record(runId, 'user', message, 'final');
    const run: LiveRun = {
      runId,
      transcript,
      abort: new AbortController(),
      accepted: stored.length > 0 ? Promise.resolve() : save(transcript, record),
      ended: Promise.withResolvers(),
      phase: 'waiting',
      seq: 0,
    };
    this.#sessions.set(sessionKey, [...live, run]);
    try {
      await run.accepted;
    } catch (fault) {
      this.#retire(run);
      throw fault;
    }
    this.#emit(run, { kind: 'accepted', record });
    if (this.#ports.forgetsRuns === true) this.#retire(run);
    // Deferred, so that the answer to chat.send is sent before the first piece of the reply.
    this.#ports.clock.schedule(0, () => this.#startNext(sessionKey));
    return { runId, status: 'started' };
  }

  /** Resolves when the runs have ended. Without `runId`: every live run of the session; with neither: every run. */
  async abort(target: {
    readonly sessionKey?: string | undefined;
    readonly runId?: string | undefined;
  }): Promise<readonly string[]> {
    const runs = this.#liveRuns().filter(
      (run) =>
        (target.sessionKey === undefined || run.transcript.sessionKey === target.sessionKey) &&
        (target.runId === undefined || run.runId === target.runId),
    );
    for (const run of runs) {
      run.abort.abort();
      // A queued run must not wait any longer.
      this.#start(run);
    }
    await Promise.all(runs.map((run) => run.ended.promise));
    return runs.map((run) => run.runId);
  }

  /** Ends every run and takes no more messages, until `resume`. */
  async drain(): Promise<void> {
    this.#draining = true;
    await this.abort({});
  }

  resume(): void {
    this.#draining = false;
  }

  history(sessionKey: string, limit: number): readonly ChatRecord[] {
    return this.#ports.transcripts.read(sessionKey).slice(-limit);
  }

  async clear(sessionKey: string): Promise<number> {
    await this.abort({ sessionKey });
    if (this.#ports.transcripts.read(sessionKey).length === 0) return 0;
    return this.#ports.transcripts.open(sessionKey).clear();
  }

  active(): readonly { readonly runId: string; readonly sessionKey: string }[] {
    return this.#liveRuns().map(({ runId, transcript }) => ({ runId, sessionKey: transcript.sessionKey }));
  }

  sessions(): readonly { readonly sessionKey: string; readonly updatedAt: number }[] {
    return this.#ports.transcripts.list();
  }

  #liveRuns(): readonly LiveRun[] {
    return [...this.#sessions.values()].flat();
  }

  #openTranscript(sessionKey: string): Transcript {
    try {
      return this.#ports.transcripts.open(sessionKey);
    } catch (fault) {
      if (fault instanceof TranscriptStoreFull)
        throw new RpcFault(RpcErrorCode.RateLimited, `chat.send: ${fault.message}`);
      throw fault;
    }
  }

  #startNext(sessionKey: string): void {
    const live = this.#sessions.get(sessionKey) ?? [];
    const next = live.find((run) => run.phase === 'waiting');
    if (next !== undefined && live.every((run) => run.phase === 'waiting')) this.#start(next);
  }

  #start(run: LiveRun): void {
    if (run.phase !== 'waiting') return;
    run.phase = 'performing';
    void this.#perform(run).finally(() => {
      this.#retire(run);
      this.#startNext(run.transcript.sessionKey);
    });
  }

  async #perform(run: LiveRun): Promise<void> {
    const { agent, systemPrompt, clock, log } = this.#ports;
    try {
      await run.accepted;
    } catch {
      return;
    }
    const outcome: RunOutcome = run.abort.signal.aborted
      ? { kind: 'aborted', text: '' }
      : await this.#reply(run, agent(), systemPrompt(), clock);
    try {
      await run.transcript.append(this.#record(run.runId, 'assistant', outcome.text, stateOf(outcome)));
    } catch (fault) {
      log.error(`the reply of run ${run.runId} could not be saved: ${errorMessage(fault)}`);
    }
    this.#emit(run, outcome);
  }

  #reply(run: LiveRun, agent: Agent, systemPrompt: string | undefined, clock: Clock): Promise<RunOutcome> {
    this.#emit(run, { kind: 'started', label: agent.label });
    return runReply({
      agent,
      turns: turnsFor(run.transcript.records, run.runId, systemPrompt),
      signal: run.abort.signal,
      clock,
      deltaIntervalMs: DELTA_INTERVAL_MS,
      emit: (text, delta) => this.#emit(run, { kind: 'delta', text, delta }),
    });
  }

  #retire(run: LiveRun): void {
    const { sessionKey } = run.transcript;
    const rest = (this.#sessions.get(sessionKey) ?? []).filter((other) => other !== run);
    if (rest.length === 0) this.#sessions.delete(sessionKey);
    else this.#sessions.set(sessionKey, rest);
    run.ended.resolve();
  }

  #emit(run: LiveRun, body: RunEventBody): void {
    const common = {
      runId: run.runId,
      sessionKey: run.transcript.sessionKey,
      seq: run.seq,
      at: this.#ports.clock.wallTime(),
    };
    // `started` is not told by every dialect; the numbers that are told have no gaps.
    if (body.kind !== 'started') run.seq += 1;
    this.#events.emit({ ...body, ...common });
  }

  #record(runId: string, role: ChatRecord['role'], text: string, state: ChatRecord['state']): ChatRecord {
    return { id: `${runId}:${role}`, role, text, at: this.#ports.clock.wallTime(), runId, state };
  }
}

function stateOf(outcome: RunOutcome): ChatRecord['state'] {
  switch (outcome.kind) {
    case 'final':
      return 'final';
    case 'failed':
      return 'error';
    case 'aborted':
      return 'aborted';
    default:
      return outcome satisfies never;
  }
}

async function save(transcript: Transcript, record: ChatRecord): Promise<void> {
  try {
    await transcript.append(record);
  } catch (fault) {
    throw notSaved('chat.send: the message', fault);
  }
}

function errorMessage(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}
