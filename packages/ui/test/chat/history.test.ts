import { describe, expect, it } from 'vitest';
import { readHistory } from '../../src/chat/history.ts';

const shown = (result: unknown) => readHistory(result).map((message) => [message.kind, message.text]);

describe('readHistory', () => {
  it('readHistory reads the messages of a JSON-RPC gateway', () => {
    const messages = [
      { id: '1', role: 'user', text: 'hello', at: 5, runId: 'r', state: 'final' },
      { id: '2', role: 'assistant', text: 'part', at: 6, runId: 'r', state: 'aborted' },
    ];
    expect(readHistory({ sessionKey: 'main', messages })).toMatchObject([
      { kind: 'user', id: '1', at: 5, delivery: { name: 'delivered', runId: 'r' } },
      { kind: 'assistant', runId: 'r', at: 6, state: 'aborted' },
    ]);
  });

  it('readHistory reads OpenClaw contents, both text and lists of parts', () => {
    const messages = [
      { role: 'user', content: 'hello', timestamp: 5 },
      {
        role: 'assistant',
        content: [
          { type: 'thinking', thinking: 'hm' },
          { type: 'text', text: 'one' },
          { type: 'text', text: 'two' },
        ],
      },
    ];
    expect(shown({ messages })).toEqual([
      ['user', 'hello'],
      ['assistant', 'one\ntwo'],
    ]);
  });

  it('readHistory skips records it does not understand', () => {
    const messages = [null, 7, { role: 'tool', text: 'x' }, { role: 'user' }, { role: 'assistant', content: [3, {}] }];
    expect(shown({ messages })).toEqual([]);
    for (const odd of [undefined, null, 'x', [], { messages: 'x' }]) expect(readHistory(odd)).toEqual([]);
  });

  it('readHistory gives every message a unique id', () => {
    const ids = readHistory({ messages: Array.from({ length: 4 }, () => ({ role: 'assistant', content: 'same' })) });
    expect(new Set(ids.map((message) => message.id)).size).toBe(4);
  });
});
