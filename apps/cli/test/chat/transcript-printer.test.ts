import fc from 'fast-check';
import { expect, it } from 'vitest';
import { continuation } from '../../src/chat/transcript-printer.ts';

it.each([
  ['', 'Hello', 'Hello'],
  ['Hello', 'Hello there', ' there'],
  ['Hello', 'Hello', ''],
  ['Hello', 'Good day', '\nGood day'],
])('continuation after %j for the text %j is %j', (printed, text, rest) => {
  expect(continuation(printed, text)).toBe(rest);
});

it('leaves a reader of a growing reply with exactly the reply', () => {
  fc.assert(
    fc.property(fc.array(fc.string()), (pieces) => {
      let printed = '';
      let seen = '';
      for (const piece of pieces) {
        const text = printed + piece;
        seen += continuation(printed, text);
        printed = text;
      }
      expect(seen).toBe(pieces.join(''));
    }),
  );
});
