import type { FrameChannel } from '@deskclaw/core/client';
import { expect, test } from 'vitest';
import { validatingChannel } from '../../src/channels/validating-channel.ts';

/** Returns what a page receives of this frame, and how many frames were malformed. */
function receive(frame: string): { readonly received: readonly string[]; readonly malformed: number } {
  const received: string[] = [];
  let malformed = 0;
  let deliver: (text: string) => void = () => undefined;
  const source: FrameChannel = {
    send: () => undefined,
    onFrame: (listener) => {
      deliver = listener;
    },
    onClose: () => undefined,
    close: () => undefined,
    bufferedAmount: 0,
  };
  const channel = validatingChannel(source, () => {
    malformed += 1;
  });
  channel.onFrame((text) => received.push(text));
  deliver(frame);
  return { received, malformed };
}

const reply = (text: string): string => `{"jsonrpc":"2.0","id":1,"result":{"name":"${text}"}}`;

test('T8: the texts of a frame reach a page without control and bidirectional characters, escaped or not', () => {
  const hostile = reply('user\u202egnp.exe \\u001b[2J\\u009b31mred \\u2066x\\b');
  expect(receive(hostile)).toEqual({ received: [reply('usergnp.exe red x')], malformed: 0 });
});

test('a frame without anything to clean reaches a page as it was sent', () => {
  const plain = '{"jsonrpc": "2.0", "id": 1, "result": {"n": 1.0, "text": "žluťoučký\\n馬"}}';
  expect(receive(plain)).toEqual({ received: [plain], malformed: 0 });
});

test('a frame that is no message is counted and not passed on', () => {
  expect(receive('{"id":1}')).toEqual({ received: [], malformed: 1 });
});
