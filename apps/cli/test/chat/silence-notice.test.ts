import { expect, test } from 'vitest';
import { SILENCE_MS, SilenceNotice } from '../../src/chat/send-message.ts';

/** A clock whose one timer is run by hand. */
function handClock() {
  let due: { readonly ms: number; readonly run: () => void } | undefined;
  return {
    clock: {
      schedule: (ms: number, run: () => void) => {
        due = { ms, run };
        return () => {
          due = undefined;
        };
      },
    },
    get waits() {
      return due?.ms;
    },
    ring: () => due?.run(),
  };
}

test('a silent run is reported once, and again if it falls silent after a sign of life', () => {
  const hand = handClock();
  let said = 0;
  const notice = new SilenceNotice(hand.clock, () => {
    said += 1;
  });
  expect(hand.waits).toBe(SILENCE_MS);
  hand.ring();
  expect(said).toBe(1);
  notice.restart();
  expect(said).toBe(1);
  hand.ring();
  expect(said).toBe(2);
  notice.close();
  expect(hand.waits).toBeUndefined();
});
