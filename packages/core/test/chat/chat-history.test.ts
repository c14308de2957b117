import { describe, expect, test } from 'vitest';
import { outcomeInHistory } from '../../src/chat/chat-history.ts';
import { isTerminal, nextChatDeadline, openSessions, reduceChatRuns } from '../../src/chat/chat-reducer.ts';
import { type ChatInput, emptyChatRuns } from '../../src/chat/chat-types.ts';
import { play } from './recording.ts';

const sessionKey = 'agent:main:main';

/** Rows as 2026.5.28 and 2026.9.6 give them. */
const asked = (runId: string, text = 'hi') => ({ role: 'user', content: text, idempotencyKey: `${runId}:user` });
const said = (text: string, stopReason = 'stop', rest: object = {}) => ({
  role: 'assistant',
  content: [{ type: 'text', text }],
  stopReason,
  ...rest,
});
const history = (messages: readonly object[], sessionInfo?: object) => ({
  sessionKey,
  messages,
  ...(sessionInfo && { sessionInfo }),
});

describe('outcomeInHistory', () => {
  test.each<[string, unknown, ReturnType<typeof outcomeInHistory>]>([
    ['answered', history([asked('r'), said('all of it')]), { as: 'final', text: 'all of it' }],
    [
      'answered, long ago',
      history([asked('r'), said('mine'), asked('x'), said('theirs')]),
      { as: 'final', text: 'mine' },
    ],
    [
      'after a tool',
      history([asked('r'), said('', 'toolUse'), { role: 'toolResult' }, said('done')]),
      { as: 'final', text: 'done' },
    ],
    ['cut short by a limit', history([asked('r'), said('much', 'length')]), { as: 'final', text: 'much' }],
    [
      'failed',
      history([asked('r'), said('', 'error', { errorMessage: 'no key' })]),
      { as: 'error', text: '', error: 'no key' },
    ],
    ['aborted', history([asked('r'), said('par', 'aborted')]), { as: 'aborted', text: 'par' }],
    ['not answered yet', history([asked('r')]), undefined],
    ['in the middle of a tool', history([asked('r'), said('', 'toolUse')]), undefined],
    ['asked something else', history([asked('x'), said('theirs')]), undefined],
    ['asked without a name, as in 2026.2.3-1', history([{ role: 'user', content: 'hi' }, said('whose?')]), undefined],
    [
      'still at work by name',
      history([asked('r'), said('half')], { hasActiveRun: true, activeRunIds: ['r'] }),
      undefined,
    ],
    [
      'still at work under another name',
      history([asked('r'), said('half')], { hasActiveRun: true, activeRunIds: ['other'] }),
      undefined,
    ],
    ['still at work, unnamed', history([asked('r'), said('half')], { hasActiveRun: true }), undefined],
    [
      'others at work',
      history([asked('r'), said('mine')], { hasActiveRun: true, activeRunIds: ['x'] }),
      { as: 'final', text: 'mine' },
    ],
    [
      'nothing at work',
      history([asked('r'), said('mine')], { hasActiveRun: false, activeRunIds: [] }),
      { as: 'final', text: 'mine' },
    ],
    [
      'JSON-RPC: the run is named',
      {
        messages: [
          { role: 'user', runId: 'r', text: 'hi' },
          { role: 'assistant', runId: 'r', text: 'all', state: 'final' },
        ],
      },
      { as: 'final', text: 'all' },
    ],
    [
      'JSON-RPC: aborted',
      { messages: [{ role: 'assistant', runId: 'r', text: 'ha', state: 'aborted' }] },
      { as: 'aborted', text: 'ha' },
    ],
    ['JSON-RPC: not yet', { messages: [{ role: 'user', runId: 'r', text: 'hi', state: 'final' }] }, undefined],
    ['no history', undefined, undefined],
    ['nonsense', { messages: [null, 7, { role: 'user' }], sessionInfo: 'x' }, undefined],
  ])('reads the outcome of a run from its history: %s', (_name, answer, outcome) => {
    expect(outcomeInHistory(answer, 'r', 'other')).toEqual(outcome);
  });
});

describe('a run whose last event was missed', () => {
  const delta = (runId: string, text: string): ChatInput => ({
    kind: 'notification',
    method: 'chat',
    params: { runId, sessionKey, state: 'delta', message: { content: text } },
    at: 0,
  });
  const catchUp = (messages: readonly object[]): ChatInput => ({
    kind: 'history',
    sessionKey,
    history: history(messages),
    at: 9,
  });

  test('a run whose last event was missed ends by the history, once, with the rest of its text', () => {
    const late: ChatInput = {
      kind: 'notification',
      method: 'chat',
      params: { runId: 'r', sessionKey, state: 'final', message: { content: 'half and half' } },
      at: 10,
    };
    const { updates } = play([delta('r', 'half'), catchUp([asked('r'), said('half and half')]), late]);
    expect(updates.filter(isTerminal)).toEqual([
      { sessionKey, runId: 'r', state: 'final', text: 'half and half', added: ' and half' },
    ]);
  });

  test('a run that the history shows as unfinished goes on', () => {
    const { updates } = play([delta('r', 'half'), catchUp([asked('r')]), delta('r', 'half and more')]);
    expect(updates.map(({ state }) => state)).toEqual(['delta', 'delta']);
  });

  test('a run that was only sent or queued ends by the history too', () => {
    const sent: ChatInput = { kind: 'sent', runId: 'r', sessionKey, at: 0 };
    expect(play([sent, catchUp([asked('r'), said('meanwhile')])]).updates).toEqual([
      { sessionKey, runId: 'r', state: 'final', text: 'meanwhile', added: 'meanwhile' },
    ]);
    const waits: ChatInput = {
      kind: 'notification',
      method: 'chat',
      params: { runId: 'w', sessionKey, state: 'final' },
      at: 1,
    };
    const { updates, runs } = play([delta('busy', 'well'), waits, catchUp([asked('w'), said('to w')])]);
    expect(updates.filter(({ runId }) => runId === 'w').filter(isTerminal)).toEqual([
      { sessionKey, runId: 'w', state: 'final', text: 'to w', added: 'to w' },
    ]);
    expect(runs.queued).toEqual([]);
  });

  test('the history of another session does not change a run', () => {
    const other: ChatInput = {
      kind: 'history',
      sessionKey: 'agent:main:other',
      history: history([asked('r'), said('x')]),
      at: 9,
    };
    expect(play([delta('r', 'half'), other]).updates.filter(isTerminal)).toEqual([]);
  });

  describe('a run that its history does not mention', () => {
    const at = 9;
    const look = (over: Partial<Extract<ChatInput, { kind: 'history' }>>): ChatInput => ({
      kind: 'history',
      sessionKey,
      history: history([asked('r')]),
      at,
      ...over,
    });
    const idle = history([asked('r')], { hasActiveRun: false, activeRunIds: [] });
    const busy = history([asked('r')], { hasActiveRun: true, activeRunIds: ['r'] });

    test.each<[string, ChatInput, number | undefined]>([
      ['no report of active runs', look({}), at + 15_000],
      ['a history that could not be fetched', look({ history: undefined }), at + 15_000],
      ['a report that no run is active', look({ history: idle }), at + 3_000],
      ['a report that it is active', look({ history: busy }), undefined],
      ['a report by a new process that it is active', look({ history: busy, newProcess: true }), undefined],
    ])('a run with %s is waited for until its deadline (%#)', (_name, input, until) => {
      const { runs } = reduceChatRuns(reduceChatRuns(emptyChatRuns, delta('r', 'half')).runs, input);
      expect(nextChatDeadline(runs)).toBe(until);
      if (until === undefined) return;
      expect(reduceChatRuns(runs, { kind: 'time', at: until - 1 }).updates).toEqual([]);
      expect(reduceChatRuns(runs, { kind: 'time', at: until }).updates).toEqual([
        { sessionKey, runId: 'r', state: 'unconfirmed', text: 'half' },
      ]);
    });

    test('an unconfirmed run ends when another process answers', () => {
      const { updates, runs } = play([delta('r', 'half'), look({ newProcess: true })]);
      expect(updates.at(-1)).toEqual({ sessionKey, runId: 'r', state: 'unconfirmed', text: 'half' });
      expect(openSessions(runs)).toEqual([]);
    });

    test('a doubted run goes on once an event of it arrives', () => {
      const { runs } = play([delta('r', 'half'), look({}), { ...delta('r', 'half more'), at: 20 }]);
      expect(nextChatDeadline(runs)).toBeUndefined();
      expect(openSessions(runs)).toEqual([sessionKey]);
    });
  });

  test('openSessions lists the sessions whose history to request', () => {
    expect(openSessions(emptyChatRuns)).toEqual([]);
    const { runs } = reduceChatRuns(emptyChatRuns, delta('r', 'half'));
    expect(openSessions(runs)).toEqual([sessionKey]);
    expect(openSessions(reduceChatRuns(runs, catchUp([asked('r'), said('half')])).runs)).toEqual([]);
  });
});
