import type { AgentLabel } from '../agent/agent.ts';
import type { RunEvent } from '../chat/run.ts';
import type { Random } from '../ports/clock.ts';
import { sessionIdOf, toOpenClawKey } from './session-keys.ts';

export interface EventFrame {
  readonly event: 'chat' | 'agent';
  readonly payload: object;
}

/** Encodes chat runs as frames of one protocol version. */
export interface RunBroadcaster {
  /** Returns the frames of an event; the same event always yields the same frames. */
  framesFor(event: RunEvent): readonly EventFrame[];
}

interface RunState {
  readonly sessionId: string;
  readonly itemId: string;
  readonly startedAt: number;
  readonly label: AgentLabel;
  seq: number;
  /** Whether the model was named already, which happens at the first piece. */
  modelSent: boolean;
}

const NO_LABEL: AgentLabel = { provider: 'builtin', model: 'echo' };

/**
 * Encodes chat runs as measured on OpenClaw 2026.9.6: `chat` and `agent` events side by side with their own numbering per
 * run, and two errors for one failure. One instance serves all connections.
 */
export class RunFrames implements RunBroadcaster {
  readonly #random: Random;
  readonly #runs = new Map<string, RunState>();
  readonly #framesByEvent = new WeakMap<RunEvent, readonly EventFrame[]>();

  constructor(random: Random) {
    this.#random = random;
  }

  framesFor(event: RunEvent): readonly EventFrame[] {
    const known = this.#framesByEvent.get(event);
    if (known !== undefined) return known;
    const frames = this.#encode(event);
    this.#framesByEvent.set(event, frames);
    return frames;
  }

  #encode(event: RunEvent): readonly EventFrame[] {
    switch (event.kind) {
      case 'accepted':
        return [];
      case 'started': {
        const run = this.#begin(event, event.label);
        return [
          ...status(event, run, 'preparing_workspace'),
          ...status(event, run, 'preparing_context'),
          lifecycle(event, run, { phase: 'start', startedAt: event.at }),
          ...status(event, run, 'starting_model'),
        ];
      }
      case 'delta': {
        const run = this.#runs.get(event.runId) ?? this.#begin(event, NO_LABEL);
        const named = run.modelSent ? [] : [lifecycle(event, run, { phase: 'model', ...run.label })];
        run.modelSent = true;
        const data = { text: event.text, delta: event.delta, itemId: run.itemId };
        return [
          ...named,
          agent(event, run, 'assistant', data),
          chat(event, run.seq, { state: 'delta', deltaText: event.delta, message: message(event.text, event.at) }),
        ];
      }
      case 'final':
        return this.#end(event, (run) => finalFrames(event, run));
      case 'failed':
        return this.#end(event, (run) => failedFrames(event, run));
      case 'aborted':
        return this.#end(event, (run) => abortedFrames(event, run));
      default:
        return event satisfies never;
    }
  }

  #begin(event: RunEvent, label: AgentLabel): RunState {
    const run: RunState = {
      sessionId: sessionIdOf(event.sessionKey),
      itemId: `${this.#random.uuid()}:1`,
      startedAt: event.at,
      label,
      seq: 0,
      modelSent: false,
    };
    this.#runs.set(event.runId, run);
    return run;
  }

  #end(event: RunEvent, frames: (run: RunState) => readonly EventFrame[]): readonly EventFrame[] {
    const run = this.#runs.get(event.runId) ?? this.#begin(event, NO_LABEL);
    this.#runs.delete(event.runId);
    return frames(run);
  }
}

type Of<K extends RunEvent['kind']> = Extract<RunEvent, { readonly kind: K }>;

function finalFrames(event: Of<'final'>, run: RunState): readonly EventFrame[] {
  const ending = { stopReason: 'stop', aborted: false, livenessState: 'working' };
  return [
    lifecycle(event, run, { phase: 'finishing', ...ending, endedAt: event.at }),
    lifecycle(event, run, { phase: 'model', provider: null, model: null }),
    lifecycle(event, run, {
      ...ending,
      phase: 'end',
      endedAt: event.at,
      startedAt: run.startedAt,
      replayInvalid: false,
      terminalReply: { disposition: 'visible', text: event.text },
      executionSettled: true,
    }),
    chat(event, run.seq, { state: 'final', stopReason: 'stop', message: message(event.text, event.at) }),
  ];
}

function failedFrames(event: Of<'failed'>, run: RunState): readonly EventFrame[] {
  const error = event.error;
  const ending = { aborted: false, livenessState: 'blocked', errorObservation: run.label };
  return [
    lifecycle(event, run, { phase: 'finishing', error, ...ending, endedAt: event.at }),
    lifecycle(event, run, { phase: 'model', provider: null, model: null }),
    lifecycle(event, run, {
      ...ending,
      phase: 'error',
      endedAt: event.at,
      startedAt: run.startedAt,
      error,
      executionSettled: true,
    }),
    chat(event, run.seq, { state: 'error', errorMessage: error, errorDetail: run.label }),
    // OpenClaw reports the same failure twice; the second report has its own numbering and no agent.
    {
      event: 'chat',
      payload: {
        runId: event.runId,
        sessionKey: toOpenClawKey(event.sessionKey),
        seq: 1,
        state: 'error',
        errorMessage: `⚠️ Agent failed before reply: ${error}`,
      },
    },
  ];
}

function abortedFrames(event: Of<'aborted'>, run: RunState): readonly EventFrame[] {
  const { startedAt } = run;
  run.seq += 1;
  const partial = event.text === '' ? {} : { message: message(event.text, event.at) };
  const cancelled = {
    phase: 'end',
    status: 'cancelled',
    aborted: true,
    stopReason: 'rpc',
    startedAt,
    endedAt: event.at,
  };
  return [
    chat(event, run.seq, { state: 'aborted', stopReason: 'rpc', ...partial }),
    // Bears the same number as the chat event before it.
    agentAt(event, run, run.seq, 'lifecycle', cancelled),
    lifecycle(event, run, { phase: 'model', provider: null, model: null }),
    lifecycle(event, run, {
      phase: 'error',
      endedAt: event.at,
      startedAt,
      error: 'This operation was aborted',
      aborted: true,
      stopReason: 'aborted',
      executionSettled: true,
    }),
  ];
}

function status(event: RunEvent, run: RunState, phase: string): readonly EventFrame[] {
  const agentFrame = agent(event, run, 'run_status', { phase });
  return [chat(event, run.seq, { state: 'status', phase }), agentFrame];
}

function lifecycle(event: RunEvent, run: RunState, data: object): EventFrame {
  return agent(event, run, 'lifecycle', data);
}

function agent(event: RunEvent, run: RunState, stream: string, data: object): EventFrame {
  run.seq += 1;
  return agentAt(event, run, run.seq, stream, data);
}

function agentAt(event: RunEvent, run: RunState, seq: number, stream: string, data: object): EventFrame {
  const session = stream === 'lifecycle' ? { sessionId: run.sessionId } : {};
  return {
    event: 'agent',
    payload: {
      runId: event.runId,
      stream,
      data,
      sessionKey: toOpenClawKey(event.sessionKey),
      ...session,
      agentId: 'main',
      seq,
      ts: event.at,
      isHeartbeat: false,
    },
  };
}

function chat(event: RunEvent, seq: number, fields: object): EventFrame {
  return {
    event: 'chat',
    payload: { runId: event.runId, sessionKey: toOpenClawKey(event.sessionKey), agentId: 'main', seq, ...fields },
  };
}

function message(text: string, timestamp: number): object {
  return { role: 'assistant', content: [{ type: 'text', text }], timestamp };
}
