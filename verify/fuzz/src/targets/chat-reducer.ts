import {
  type ChatInput,
  type ChatRuns,
  type ChatUpdate,
  emptyChatRuns,
  isTerminal,
  nextChatDeadline,
  openSessions,
  reduceChatRuns,
} from '@deskclaw/core';
import type { SeededRandom } from '@deskclaw/core/testing';
import { isObject, parseJson } from '@deskclaw/protocol';
import { anyJson, anyText, list, object, oneOf } from '../grammar.ts';
import { must, type Target } from '../target.ts';

/** More runs, queued messages or ended runs than this are no chat. */
const MOST_RUNS = 512;
/** Runs end by their deadlines in this many steps, or never. */
const MOST_DEADLINES = 5_000;

const chatEvent = (params: string) => `{"method":"chat","params":${params}}`;
const agentEvent = (params: string) => `{"method":"agent","params":${params}}`;

const samples: readonly (readonly string[])[] = [
  [
    '{"sent":"r1","session":"main"}',
    agentEvent('{"runId":"r1","sessionKey":"main","stream":"lifecycle","data":{"phase":"start"}}'),
    chatEvent('{"runId":"r1","sessionKey":"main","state":"delta","deltaText":"Hel"}'),
    chatEvent('{"runId":"r1","sessionKey":"main","state":"delta","deltaText":"lo"}'),
    agentEvent('{"runId":"r1","sessionKey":"main","stream":"lifecycle","data":{"phase":"end"}}'),
    chatEvent(
      '{"runId":"r1","sessionKey":"main","state":"final","message":{"content":[{"type":"text","text":"Hello"}]}}',
    ),
  ],
  [
    agentEvent('{"runId":"r1","sessionKey":"main","stream":"lifecycle","data":{"phase":"start"}}'),
    '{"sent":"r2","session":"main"}',
    chatEvent('{"runId":"r2","sessionKey":"main","state":"final"}'),
    chatEvent('{"runId":"r1","sessionKey":"main","state":"final","message":{"text":"one"}}'),
    chatEvent('{"runId":"r3","sessionKey":"main","state":"delta","deltaText":"two"}'),
    chatEvent('{"runId":"r3","sessionKey":"main","state":"error","errorMessage":"no model"}'),
  ],
  [
    '{"sent":"r1","session":"main"}',
    chatEvent('{"runId":"r1","state":"delta","message":{"text":"a"}}'),
    '{"history":{"messages":[{"role":"user","idempotencyKey":"r1:user"},{"role":"assistant","stopReason":"stop","content":"a b"}]},"session":"main"}',
  ],
  [
    '{"sent":"r1","session":"main"}',
    '{"history":{"messages":[],"sessionInfo":{"hasActiveRun":true,"activeRunIds":["r1"]}},"session":"main"}',
    '{"wait":20000}',
    '{"method":"chat.message_received","params":{"runId":"r1","sessionKey":"main","role":"assistant","state":"delta","text":"x"}}',
    '{"method":"chat.message_received","params":{"runId":"r1","sessionKey":"main","role":"assistant","state":"final","text":"xy"}}',
  ],
];

function anyStep(random: SeededRandom): string {
  const runId = oneOf(random, '"r1"', '"r2"', '"r3"', `"r${String(random.integer(4, 600))}"`);
  const session = oneOf(random, '"main"', '"main"', '"other"');
  switch (random.integer(0, 7)) {
    case 0:
      return object(random, { sent: runId, session });
    case 1:
      return object(random, { wait: oneOf(random, '1', '3000', '15000', '60000') });
    case 2:
      return object(random, { history: anyHistory(random), session, fresh: oneOf(random, 'true', 'false') });
    case 3: {
      const phase = oneOf(random, '"start"', '"end"', '"error"', '"fallback_step"');
      const data = object(random, {
        phase,
        aborted: oneOf(random, 'true', 'false'),
        error: JSON.stringify(anyText(random)),
      });
      return agentEvent(object(random, { runId, sessionKey: session, stream: '"lifecycle"', data }));
    }
    default: {
      const state = oneOf(random, '"delta"', '"delta"', '"final"', '"error"', '"aborted"', '"status"');
      const message = random.chance(0.5) ? object(random, { text: JSON.stringify(anyText(random)) }) : anyJson(random);
      const deltaText = JSON.stringify(random.chance(0.3) ? '' : anyText(random));
      const replace = oneOf(random, 'true', 'false');
      return chatEvent(
        object(random, { runId, sessionKey: session, state, message, deltaText, replace, phase: '"thinking"' }),
      );
    }
  }
}

function anyHistory(random: SeededRandom): string {
  const rows = list(random, 4, () =>
    object(random, {
      role: oneOf(random, '"user"', '"assistant"'),
      idempotencyKey: oneOf(random, '"r1:user"', '"r2:user"'),
      runId: oneOf(random, '"r1"', '"r2"'),
      state: oneOf(random, '"final"', '"error"', '"delta"'),
      stopReason: oneOf(random, '"stop"', '"toolUse"', '"error"', '"aborted"'),
      content: anyJson(random),
    }),
  );
  return random.chance(0.8) ? `{"messages":[${rows.join(',')}]}` : anyJson(random);
}

function toInput(step: string, at: number): ChatInput | undefined {
  const value = parseJson(step);
  if (!isObject(value)) return undefined;
  const { sent, session, history, method, params } = value;
  const sessionKey = typeof session === 'string' ? session : 'main';
  if (typeof sent === 'string') return { kind: 'sent', runId: sent, sessionKey, at };
  if (history !== undefined) return { kind: 'history', sessionKey, history, at, newProcess: value['fresh'] === true };
  return typeof method === 'string' ? { kind: 'notification', method, params, at } : { kind: 'time', at };
}

/** Follows the updates as a screen does. */
class Screen {
  readonly #texts = new Map<string, string>();
  readonly #ended = new Set<string>();

  get ended(): number {
    return this.#ended.size;
  }

  show(update: ChatUpdate): void {
    const { runId, text, added, replaced } = update;
    must(!this.#ended.has(runId), 'a run goes on after its end', () => update);
    const before = this.#texts.get(runId) ?? '';
    if (replaced === undefined)
      must(`${before}${added ?? ''}` === text, 'the pieces of a text are not the text', () => update);
    this.#texts.set(runId, text);
    if (isTerminal(update)) this.#ended.add(runId);
  }
}

/** Whatever events a gateway sends, a run ends once, its pieces make its text, and what is remembered is bounded. */
export const chatReducer: Target = {
  name: 'chat-reducer',
  samples,
  generate: (random) => list(random, 40, () => anyStep(random)),
  check: (steps) => {
    const screen = new Screen();
    let runs: ChatRuns = emptyChatRuns;
    let at = 0;
    const feed = (input: ChatInput) => {
      const step = reduceChatRuns(runs, input);
      for (const update of step.updates) screen.show(update);
      runs = step.runs;
      must(
        runs.running.size <= MOST_RUNS && runs.queued.length <= MOST_RUNS && runs.ended.length <= MOST_RUNS,
        'the runs have no bound',
      );
    };
    for (const step of steps) {
      const wait = parseJson(step);
      const ms = isObject(wait) ? wait['wait'] : undefined;
      at += typeof ms === 'number' && ms > 0 && ms < 1e9 ? ms : 1;
      const input = toInput(step, at);
      if (input !== undefined) feed(input);
    }
    openSessions(runs);
    let deadlines = 0;
    for (let due = nextChatDeadline(runs); due !== undefined; due = nextChatDeadline(runs)) {
      deadlines += 1;
      must(deadlines <= MOST_DEADLINES, 'a deadline comes again and again');
      at = Math.max(at, due);
      feed({ kind: 'time', at });
    }
    return screen.ended === 0 ? 'no run ended' : 'runs ended';
  },
};
