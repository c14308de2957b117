import type { RunEvent } from '../chat/run.ts';
import type { EventFrame, RunBroadcaster } from './run-frames.ts';
import { toOpenClawKey } from './session-keys.ts';

/**
 * Encodes chat runs as measured on OpenClaw 2026.2.3 (protocol 3): no statuses, no increments, an abort without its text,
 * and a failure that looks like a final without a message.
 */
export class RunFramesV3 implements RunBroadcaster {
  readonly #seqs = new Map<string, number>();
  readonly #framesByEvent = new WeakMap<RunEvent, readonly EventFrame[]>();

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
      case 'started':
        return [this.#agent(event, 'lifecycle', { phase: 'start', startedAt: event.at })];
      case 'delta':
        return [
          this.#agent(event, 'assistant', { text: event.text, delta: event.delta }),
          this.#chat(event, { state: 'delta', message: message(event.text, event.at) }),
        ];
      case 'final':
        return this.#end(event, { state: 'final', message: message(event.text, event.at) });
      case 'failed':
        return this.#end(event, { state: 'final' });
      case 'aborted': {
        this.#next(event);
        const frames = [this.#chat(event, { state: 'aborted', stopReason: 'rpc' })];
        this.#seqs.delete(event.runId);
        return frames;
      }
      default:
        return event satisfies never;
    }
  }

  #end(event: RunEvent, fields: object): readonly EventFrame[] {
    const frames = [this.#agent(event, 'lifecycle', { phase: 'end', endedAt: event.at }), this.#chat(event, fields)];
    this.#seqs.delete(event.runId);
    return frames;
  }

  #agent(event: RunEvent, stream: string, data: object): EventFrame {
    const seq = this.#next(event);
    return { event: 'agent', payload: { ...subject(event), seq, stream, data, ts: event.at } };
  }

  #chat(event: RunEvent, fields: object): EventFrame {
    return { event: 'chat', payload: { ...subject(event), seq: this.#seqs.get(event.runId) ?? 0, ...fields } };
  }

  #next(event: RunEvent): number {
    const seq = (this.#seqs.get(event.runId) ?? 0) + 1;
    this.#seqs.set(event.runId, seq);
    return seq;
  }
}

function subject({ runId, sessionKey }: RunEvent): object {
  return { runId, sessionKey: toOpenClawKey(sessionKey) };
}

function message(text: string, timestamp: number): object {
  return { role: 'assistant', content: [{ type: 'text', text }], timestamp };
}
