import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isTerminal, nextChatDeadline, reduceChatRuns } from '../../src/chat/chat-reducer.ts';
import { type ChatInput, type ChatUpdate, emptyChatRuns } from '../../src/chat/chat-types.ts';
import { play, shown } from './recording.ts';

const sessionKey = 'agent:main:main';

function chat(runId: string, payload: Readonly<Record<string, unknown>>, at = 0): ChatInput {
  return { kind: 'notification', method: 'chat', params: { runId, sessionKey, ...payload }, at };
}
function agent(runId: string, stream: string, data: Readonly<Record<string, unknown>>, at = 0): ChatInput {
  return { kind: 'notification', method: 'agent', params: { runId, sessionKey, stream, data }, at };
}
function says(text: string): Readonly<Record<string, unknown>> {
  return { message: { role: 'assistant', content: [{ type: 'text', text }] } };
}
function update(rest: Partial<ChatUpdate> & Pick<ChatUpdate, 'state'>): ChatUpdate {
  return { sessionKey, runId: 'r', text: '', ...rest };
}

describe('the words of a reply', () => {
  test.each<[string, readonly ChatInput[], readonly ChatUpdate[]]>([
    [
      'increments alone are added up',
      [chat('r', { state: 'delta', deltaText: 'He' }), chat('r', { state: 'delta', deltaText: 'llo' })],
      [update({ state: 'delta', text: 'He', added: 'He' }), update({ state: 'delta', text: 'Hello', added: 'llo' })],
    ],
    [
      'the whole text wins over the increment',
      [chat('r', { state: 'delta', deltaText: 'xx', ...says('Hello') })],
      [update({ state: 'delta', text: 'Hello', added: 'Hello' })],
    ],
    [
      'a missed increment is made good by the next whole text',
      [
        chat('r', { state: 'delta', deltaText: 'a', ...says('a') }),
        chat('r', { state: 'delta', deltaText: 'c', ...says('abc') }),
      ],
      [update({ state: 'delta', text: 'a', added: 'a' }), update({ state: 'delta', text: 'abc', added: 'bc' })],
    ],
    [
      'replaced text says so',
      [
        chat('r', { state: 'delta', ...says('Hello [[mark') }),
        chat('r', { state: 'delta', replace: true, deltaText: 'Hello', ...says('Hello') }),
      ],
      [
        update({ state: 'delta', text: 'Hello [[mark', added: 'Hello [[mark' }),
        update({ state: 'delta', text: 'Hello', replaced: true }),
      ],
    ],
    [
      'a replacement without a whole text stands alone',
      [chat('r', { state: 'delta', deltaText: 'abc' }), chat('r', { state: 'delta', replace: true, deltaText: 'x' })],
      [update({ state: 'delta', text: 'abc', added: 'abc' }), update({ state: 'delta', text: 'x', replaced: true })],
    ],
    [
      'a second try that starts over replaces the first',
      [chat('r', { state: 'delta', ...says('one two') }), chat('r', { state: 'delta', ...says('on') })],
      [
        update({ state: 'delta', text: 'one two', added: 'one two' }),
        update({ state: 'delta', text: 'on', replaced: true }),
      ],
    ],
    [
      'the same text twice is one update',
      [chat('r', { state: 'delta', ...says('a') }), chat('r', { state: 'delta', ...says('a') })],
      [update({ state: 'delta', text: 'a', added: 'a' })],
    ],
    [
      'plain text content is read like blocks, and other blocks are no words',
      [
        chat('r', { state: 'delta', message: { content: 'a' } }),
        chat('r', {
          state: 'final',
          message: { content: [{ type: 'thinking', thinking: 'hm' }, { type: 'text', text: 'ab' }, null, 7] },
        }),
      ],
      [update({ state: 'delta', text: 'a', added: 'a' }), update({ state: 'final', text: 'ab', added: 'b' })],
    ],
    [
      'a final without a message keeps what was streamed',
      [chat('r', { state: 'delta', ...says('partly') }), chat('r', { state: 'final' })],
      [update({ state: 'delta', text: 'partly', added: 'partly' }), update({ state: 'final', text: 'partly' })],
    ],
    [
      'a final without a word at all is no reply',
      [chat('r', { state: 'final' })],
      [update({ state: 'final', noReply: true })],
    ],
  ])('builds the text of a reply: %s', (_name, inputs, expected) => {
    expect(play(inputs).updates).toEqual(expected);
  });
});

describe('how a run ends', () => {
  test('a failed attempt emits nothing while the next attempt goes on', () => {
    const { updates } = play([
      agent('r', 'lifecycle', { phase: 'start' }, 0),
      chat('r', { state: 'delta', ...says('half a') }, 10),
      agent('r', 'lifecycle', { phase: 'error', error: 'socket hang up' }, 20),
      agent('r', 'lifecycle', { phase: 'start' }, 3_000),
      chat('r', { state: 'delta', ...says('half a reply') }, 3_100),
      chat('r', { state: 'final', ...says('half a reply') }, 3_200),
    ]);
    expect(updates.map(({ state, phase }) => phase ?? state)).toEqual([
      'started',
      'delta',
      'retrying',
      'delta',
      'final',
    ]);
  });

  test('a failed attempt after which nothing follows becomes an error when its time is up', () => {
    const runs = reduceChatRuns(
      emptyChatRuns,
      agent('r', 'lifecycle', { phase: 'error', error: 'no key' }, 1_000),
    ).runs;
    const due = nextChatDeadline(runs);
    expect(due).toBe(16_000);
    expect(reduceChatRuns(runs, { kind: 'time', at: 15_999 }).updates).toEqual([]);
    const after = reduceChatRuns(runs, { kind: 'time', at: 16_000 });
    expect(after.updates).toEqual([update({ state: 'error', error: 'no key' })]);
    expect(nextChatDeadline(after.runs)).toBeUndefined();
  });

  test('a run with no model left to try fails at once', () => {
    const inputs = [
      agent('r', 'lifecycle', { phase: 'error', error: 'refused' }, 0),
      agent('r', 'lifecycle', { phase: 'fallback_step', fallbackStepFinalOutcome: 'chain_exhausted' }, 29),
    ];
    const runs = inputs.reduce((state, input) => reduceChatRuns(state, input).runs, emptyChatRuns);
    expect(nextChatDeadline(runs)).toBeUndefined();
    expect(play(inputs).updates).toEqual([update({ state: 'error', error: 'refused' })]);
  });

  test('a fallback to another model does not end a run', () => {
    const { updates } = play([
      agent('r', 'lifecycle', { phase: 'error', error: 'refused' }, 0),
      agent('r', 'lifecycle', { phase: 'fallback_step', fallbackStepFinalOutcome: 'next_fallback' }, 5),
      agent('r', 'lifecycle', { phase: 'start' }, 50),
      chat('r', { state: 'final', ...says('from the other') }, 90),
    ]);
    expect(updates.filter(isTerminal)).toEqual([
      update({ state: 'final', text: 'from the other', added: 'from the other' }),
    ]);
  });

  test('a run whose final event was lost still ends', () => {
    const { updates } = play([
      chat('r', { state: 'delta', ...says('all of it') }),
      agent('r', 'lifecycle', { phase: 'end' }),
    ]);
    expect(updates.at(-1)).toEqual(update({ state: 'final', text: 'all of it' }));
  });

  test('an abort seen only in the lifecycle is an abort', () => {
    const { updates } = play([agent('r', 'lifecycle', { phase: 'error', aborted: true, error: 'aborted' })]);
    expect(updates).toEqual([update({ state: 'aborted' })]);
  });

  test('an error without a message gets a default message', () => {
    expect(play([chat('r', { state: 'error' })]).updates[0]?.error).toMatch(/no reason/);
  });

  test('events after the end of a run are ignored', () => {
    const { updates } = play([
      chat('r', { state: 'error', errorMessage: 'first' }),
      chat('r', { state: 'error', errorMessage: 'second, friendlier' }),
      chat('r', { state: 'delta', ...says('late') }),
      agent('r', 'lifecycle', { phase: 'start' }),
      chat('r', { state: 'final', ...says('late') }),
    ]);
    expect(updates).toEqual([update({ state: 'error', error: 'first' })]);
  });
});

describe('a message sent while another is answered', () => {
  const busy = [
    agent('busy', 'lifecycle', { phase: 'start' }, 0),
    chat('busy', { state: 'delta', ...says('well') }, 10),
  ];

  test('a queued message without a run of its own was answered by the run before it', () => {
    const { updates, runs } = play([
      ...busy,
      chat('mine', { state: 'final' }, 20),
      chat('busy', { state: 'final', ...says('well, both') }, 100),
    ]);
    expect(updates.filter((u) => u.runId === 'mine')).toEqual([
      { sessionKey, runId: 'mine', state: 'status', text: '', phase: 'queued' },
      { sessionKey, runId: 'mine', state: 'final', text: '', noReply: true, answeredBy: 'busy' },
    ]);
    expect(runs.ended).toContain('mine');
  });

  test('two queued messages are answered together, under the last', () => {
    const { updates } = play([
      ...busy,
      chat('one', { state: 'final' }, 20),
      chat('two', { state: 'final' }, 30),
      chat('busy', { state: 'final', ...says('well') }, 100),
      agent('other', 'lifecycle', { phase: 'start' }, 150),
      chat('other', { state: 'final', ...says('to both') }, 200),
    ]);
    expect(updates.filter((u) => isTerminal(u))).toEqual([
      { sessionKey, runId: 'busy', state: 'final', text: 'well' },
      { sessionKey, runId: 'one', state: 'final', text: '', noReply: true, answeredBy: 'other' },
      { sessionKey, runId: 'two', via: 'other', state: 'final', text: 'to both', added: 'to both' },
    ]);
  });

  test('a message that another run answers is not answered once more by events under its own id', () => {
    const { updates } = play([
      ...busy,
      chat('mine', { state: 'final' }, 20),
      chat('busy', { state: 'final', ...says('well') }, 100),
      chat('other', { state: 'delta', ...says('to you') }, 150),
      { kind: 'sent', runId: 'mine', sessionKey, at: 155 },
      chat('mine', { state: 'delta', ...says('odd') }, 160),
      chat('mine', { state: 'final', ...says('odd') }, 170),
      chat('other', { state: 'final', ...says('to you') }, 200),
    ]);
    expect(updates.filter((u) => u.runId === 'mine' && isTerminal(u))).toEqual([
      { sessionKey, runId: 'mine', via: 'other', state: 'final', text: 'to you' },
    ]);
  });

  test('a run we sent ourselves is never mistaken for the answer to another', () => {
    const { updates } = play([
      ...busy,
      chat('waiting', { state: 'final' }, 20),
      chat('busy', { state: 'final', ...says('well') }, 100),
      { kind: 'sent', runId: 'next', sessionKey, at: 110 },
      agent('next', 'lifecycle', { phase: 'start' }, 120),
      chat('next', { state: 'final', ...says('next answer') }, 130),
    ]);
    expect(updates.filter((u) => u.runId === 'next').at(-1)).toEqual({
      sessionKey,
      runId: 'next',
      state: 'final',
      text: 'next answer',
      added: 'next answer',
    });
  });

  test('a run of another session does not count as busy', () => {
    const elsewhere: ChatInput = {
      kind: 'notification',
      method: 'agent',
      params: { runId: 'x', sessionKey: 'agent:main:other', stream: 'lifecycle', data: { phase: 'start' } },
      at: 0,
    };
    const { updates } = play([elsewhere, chat('mine', { state: 'final' }, 20)]);
    expect(updates.filter((u) => u.runId === 'mine')).toEqual([
      { sessionKey, runId: 'mine', state: 'final', text: '', noReply: true },
    ]);
  });
});

describe('a JSON-RPC gateway', () => {
  const message = (rest: Readonly<Record<string, unknown>>): ChatInput => ({
    kind: 'notification',
    method: 'chat.message_received',
    params: { runId: 'r', sessionKey, role: 'assistant', seq: 1, ...rest },
    at: 0,
  });

  test('a streamed JSON-RPC reply becomes the same updates', () => {
    const { updates } = play([
      message({ state: 'delta', text: 'Hel', delta: 'Hel' }),
      message({ state: 'delta', text: 'Hello', delta: 'lo' }),
      message({ state: 'final', text: 'Hello' }),
    ]);
    expect(updates).toEqual([
      update({ state: 'delta', text: 'Hel', added: 'Hel' }),
      update({ state: 'delta', text: 'Hello', added: 'lo' }),
      update({ state: 'final', text: 'Hello' }),
    ]);
  });

  test('errors and aborts of a JSON-RPC gateway keep their text', () => {
    expect(play([message({ state: 'error', text: 'a', error: 'model gone' })]).updates).toEqual([
      update({ state: 'error', text: 'a', added: 'a', error: 'model gone' }),
    ]);
    expect(play([message({ state: 'aborted', text: 'a' })]).updates).toEqual([
      update({ state: 'aborted', text: 'a', added: 'a' }),
    ]);
  });

  test('a message of the user is not a reply', () => {
    expect(play([message({ role: 'user', state: 'final', text: 'hi' })]).updates).toEqual([]);
  });
});

describe('any sequence of inputs', () => {
  const anyPayload = fc.record(
    {
      runId: fc.constantFrom('a', 'b', 'c', 'd', 7),
      sessionKey: fc.constantFrom('s1', 's2', undefined),
      state: fc.constantFrom('status', 'delta', 'final', 'error', 'aborted', 'other'),
      phase: fc.constantFrom('x', 'y', 3),
      deltaText: fc.constantFrom('p', 'q', ''),
      replace: fc.boolean(),
      message: fc.option(fc.oneof(fc.string({ maxLength: 3 }), fc.record({ content: fc.anything() }))),
      stream: fc.constantFrom('lifecycle', 'run_status', 'assistant'),
      data: fc.record({
        phase: fc.constantFrom('start', 'end', 'error', 'finishing', 'fallback_step'),
        aborted: fc.boolean(),
        fallbackStepFinalOutcome: fc.constantFrom('chain_exhausted', 'next'),
      }),
      role: fc.constantFrom('user', 'assistant'),
      text: fc.constantFrom('p', 'pq', 'x'),
    },
    { requiredKeys: [] },
  );
  const step = fc.record({
    wait: fc.nat(6_000),
    method: fc.constantFrom('chat', 'agent', 'chat.message_received', 'tick'),
    params: fc.oneof({ weight: 9, arbitrary: anyPayload }, { weight: 1, arbitrary: fc.anything() }),
  });

  test('any input ends each run at most once, leaves no deadline, and its increments make up the text', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let at = 0;
        const inputs = steps.map(({ wait, method, params }): ChatInput => {
          at += wait;
          return { kind: 'notification', method, params, at };
        });
        const { runs, updates } = play(inputs);
        expect(nextChatDeadline(runs)).toBeUndefined();
        const over = new Set<string>();
        for (const one of updates) {
          expect(over.has(one.runId)).toBe(false);
          if (isTerminal(one)) over.add(one.runId);
          if (one.state === 'delta') expect((one.added === undefined) === (one.replaced === true)).toBe(true);
          else expect(one.added !== undefined && one.replaced === true).toBe(false);
        }
        for (const runId of new Set(updates.map((one) => one.runId))) {
          const last = updates.filter((one) => one.runId === runId).at(-1);
          expect(shown(updates, runId)).toBe(last?.text);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test('ten thousand runs that never end are forgotten, oldest first', () => {
    let runs = emptyChatRuns;
    for (let n = 0; n < 10_000; n += 1) {
      runs = reduceChatRuns(runs, agent(`r${String(n)}`, 'lifecycle', { phase: 'start' }, n)).runs;
    }
    expect(runs.running.size).toBeLessThanOrEqual(256);
    expect(runs.running.has('r9999')).toBe(true);
  });
});
