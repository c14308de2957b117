import { type ChannelCloseInfo, ControlClient, type FrameChannel } from '@deskclaw/core';
import { type ControlMethodName, type HostInfo, isObject, type Problem, parseJson } from '@deskclaw/protocol';
import type { Connection } from '../../src/host-link/host-link.ts';
import type { Role } from '../../src/host-link/state.ts';
import { FakeChannel } from './fake-channel.ts';
import { ManualClock } from './manual-clock.ts';
import { hostInfo } from './statuses.ts';

export interface Asked {
  readonly method: string;
  readonly params: unknown;
}

/** A real control client on a channel whose other end is the test: it answers what it is told to answer. */
export class FakeHost {
  readonly asked: Asked[] = [];
  readonly channel = new FakeChannel();
  readonly left: ({ readonly force?: boolean } | undefined)[] = [];
  readonly connection: Connection;
  readonly #answers: Map<string, unknown>;
  readonly #ids = new Map<string, unknown>();

  constructor(
    role: Role,
    answers: Readonly<Partial<Record<ControlMethodName, unknown>>> = {},
    kind: HostInfo['kind'] = 'desktop',
  ) {
    this.#answers = new Map(Object.entries(answers));
    const client = new ControlClient(this.#listening(), { clock: new ManualClock() });
    this.connection = {
      role,
      info: { ...hostInfo, kind },
      client,
      openChannel: () => Promise.resolve(new FakeChannel()),
      leave: (options) => {
        this.left.push(options);
        return Promise.resolve();
      },
      handOver: () => Promise.resolve(undefined),
    };
  }

  /** The host says something by itself. */
  tell(method: string, params: unknown): void {
    this.channel.receive(JSON.stringify({ jsonrpc: '2.0', method, params }));
  }

  /** Answers a request that was left unanswered. */
  answer(method: ControlMethodName, result: unknown): void {
    this.channel.receive(JSON.stringify({ jsonrpc: '2.0', id: this.#ids.get(method), result }));
  }

  refuse(method: ControlMethodName, problem: Problem): void {
    const error = { code: -32000, message: problem.title, data: { problem } };
    this.channel.receive(JSON.stringify({ jsonrpc: '2.0', id: this.#ids.get(method), error }));
  }

  end(end: ChannelCloseInfo = { code: 1006, reason: '' }): void {
    this.channel.close(end.code, end.reason);
  }

  #listening(): FrameChannel {
    const { channel } = this;
    return {
      send: (text) => this.#take(text),
      onFrame: (listener) => channel.onFrame(listener),
      onClose: (listener) => channel.onClose(listener),
      close: (code, reason) => channel.close(code, reason),
      bufferedAmount: 0,
    };
  }

  #take(text: string): void {
    const frame = parseJson(text);
    if (!isObject(frame) || typeof frame['method'] !== 'string') return;
    const { id, method, params } = frame;
    this.asked.push({ method, params });
    this.#ids.set(method, id);
    if (!this.#answers.has(method)) return;
    const result = this.#answers.get(method);
    queueMicrotask(() => this.channel.receive(JSON.stringify({ jsonrpc: '2.0', id, result })));
  }
}
