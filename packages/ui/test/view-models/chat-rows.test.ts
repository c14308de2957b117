import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyChat, type Message, type ReplyState } from '../../src/chat/conversation.ts';
import {
  chatAnnouncement,
  chatRow,
  composer,
  foldText,
  interruptionOf,
  segments,
} from '../../src/view-models/chat-rows.ts';

function reply(state: ReplyState, changes: Partial<Extract<Message, { kind: 'assistant' }>> = {}): Message {
  const base = { kind: 'assistant', id: 'reply:r', runId: 'r', at: 0, length: 4, text: 'text' } as const;
  return { ...base, phase: undefined, error: undefined, state, ...changes };
}

describe('chatRow', () => {
  it.each([
    [reply('waiting', { text: '', phase: 'starting_model' }), 'Starting the model…', ['stop']],
    [reply('waiting', { text: '', phase: 'something_new' }), 'Working…', ['stop']],
    [reply('streaming'), undefined, ['stop']],
    [reply('final'), undefined, []],
    [reply('final', { text: '' }), 'No reply', []],
    [reply('aborted'), 'Stopped', []],
    [reply('error', { error: 'gone' }), 'Failed: gone', []],
    [reply('error'), 'Failed: the gateway did not give a reason', []],
    [reply('stopped'), 'The gateway was stopped before this reply was complete.', []],
    [reply('unconfirmed'), 'The connection was lost. How this reply ended is unknown.', []],
    [reply('broken'), 'The connection was lost here. The rest of the reply may still arrive.', []],
  ] as const)('case %# has its note and actions', (message, note, can) => {
    expect(chatRow(message)).toMatchObject({ note, can });
  });
});

describe('chatAnnouncement', () => {
  it('the announcement changes when a reply starts or ends, not with every word', () => {
    const reported = (message: Message) => chatAnnouncement({ ...emptyChat('main'), messages: [message] });
    expect(reported(reply('streaming', { text: 'a' }))).toBe(reported(reply('streaming', { text: 'a b c' })));
    expect(reported(reply('final'))).toBe('The agent replied');
    expect(chatAnnouncement(emptyChat('main'))).toBe('');
  });
});

describe('interruptionOf', () => {
  it.each([
    [[], undefined],
    [[reply('final'), reply('broken'), reply('stopped')], undefined],
    [[reply('waiting')], 'The agent is still writing a reply, which would be cut off.'],
    [[reply('waiting'), reply('streaming')], 'The agent is still writing 2 replies, which would be cut off.'],
  ])('what a stop interrupts, case %#', (messages, sentence) => {
    expect(interruptionOf({ ...emptyChat('main'), messages })).toBe(sentence);
  });
});

describe('foldText', () => {
  it.each([
    ['short', 10, { text: 'short', hidden: 0 }],
    ['one\ntwo\nthree', 7, { text: 'three', hidden: 8 }],
    ['one\ntwo\nthree', 5, { text: 'three', hidden: 8 }],
    ['0123456789', 4, { text: '6789', hidden: 6 }],
    ['a\n```\ncode\nmore\n```', 10, { text: '```\nmore\n```', hidden: 11 }],
    ['```\ncode\n```\nend', 4, { text: 'end', hidden: 13 }],
  ])('the end of %j within %i characters', (text, limit, folded) => {
    expect(foldText(text, limit)).toEqual(folded);
  });

  it('what is shown and what is hidden are the whole text', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '\n', '`') }),
        fc.integer({ min: 1, max: 9 }),
        (text, limit) => {
          const { text: shown, hidden } = foldText(text, limit);
          const end = text.slice(hidden);
          expect([end, `\`\`\`\n${end}`]).toContain(shown);
          expect(end.length).toBeLessThanOrEqual(Math.max(limit, text.length - hidden));
        },
      ),
    );
  });
});

describe('composer', () => {
  it('the placeholder says why nothing can be sent', () => {
    expect(composer({ running: true, reachable: true })).toMatchObject({ canSend: true });
    expect(composer({ running: false, reachable: true })).toMatchObject({
      canSend: false,
      placeholder: 'The gateway is not running',
    });
    expect(composer({ running: true, reachable: false }).canSend).toBe(false);
  });
});

describe('segments', () => {
  it.each([
    ['plain', [['text', 'plain']]],
    [
      'a\n```\ncode\n```\nb',
      [
        ['text', 'a'],
        ['code', 'code'],
        ['text', 'b'],
      ],
    ],
    ['```ts\nconst x = 1;\n```', [['code', 'const x = 1;']]],
    [
      'open\n```\nstill coming',
      [
        ['text', 'open'],
        ['code', 'still coming'],
      ],
    ],
    ['a ``` b', [['text', 'a ``` b']]],
  ])('segments of %j', (text, pieces) => {
    expect(segments(text).map((piece) => [piece.kind, piece.text])).toEqual(pieces);
  });

  it('segments drop only the fences and their line ends', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('a', '<', '\n', ' ') }), (text) => {
        expect(
          segments(text)
            .map((piece) => piece.text)
            .join(''),
        ).toBe(text.replace(/\n$/u, ''));
      }),
    );
  });
});
