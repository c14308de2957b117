import type { FrameChannel } from '@deskclaw/core';
import { expect, test } from 'vitest';
import { GOODBYE } from '../../src/ipc/contract.ts';
import { relay } from '../../src/ipc/relay.ts';
import { FakeChannel } from '../support/fake-channel.ts';
import { FakePort } from '../support/fake-electron.ts';

const status = '{"jsonrpc":"2.0","id":1,"method":"gateway.status"}';

function joined(opening?: Promise<FrameChannel>) {
  const port = new FakePort();
  const channel = new FakeChannel();
  let ends = 0;
  const handle = relay(port, opening ?? Promise.resolve(channel), () => {
    ends += 1;
  });
  return { port, channel, handle, ends: () => ends };
}

/** Lets what was promised happen. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('frames sent before the host is reached arrive later in order', async () => {
  let open: (channel: FrameChannel) => void = () => undefined;
  const { port, channel } = joined(
    new Promise((resolve) => {
      open = resolve;
    }),
  );
  const info = status.replace('gateway.status', 'host.info');
  port.receive(status);
  port.receive(info);
  await settled();
  expect(channel.sent).toEqual([]);
  open(channel);
  await settled();
  expect(channel.sent).toEqual([status, info]);
});

test('host frames reach the page unchanged', async () => {
  const { port, channel } = joined();
  await settled();
  const frames = ['{"jsonrpc":"2.0","id":1,"result":{}}', `{"text":"${'<script>'.repeat(1_000)}"}`];
  for (const frame of frames) channel.receive(frame);
  expect(port.sent).toEqual(frames);
});

test('an invalid frame is answered and never reaches the host', async () => {
  const { port, channel } = joined();
  await settled();
  for (const data of ['not JSON', { an: 'object' }, undefined]) port.receive(data);
  expect(channel.sent).toEqual([]);
  expect(port.sent).toHaveLength(3);
  expect(port.closed).toBe(false);
});

test.each<[string, (both: ReturnType<typeof joined>) => void]>([
  ['the page goes', ({ port }) => port.close()],
  ['the page says goodbye', ({ port }) => port.receive(GOODBYE)],
  ['the host goes', ({ channel }) => channel.close(1001, 'the host ends')],
  ['the app closes it', ({ handle }) => handle.close()],
])('both sides of the relay close once when %s', async (_what, end) => {
  const both = joined();
  await settled();
  end(both);
  end(both);
  expect([both.port.closed, both.channel.end !== undefined, both.ends()]).toEqual([true, true, 1]);
});

test('a page that leaves during the connect leaves no channel open', async () => {
  let open: (channel: FrameChannel) => void = () => undefined;
  const { port, channel, ends } = joined(
    new Promise((resolve) => {
      open = resolve;
    }),
  );
  port.close();
  open(channel);
  await settled();
  expect(channel.end).toBeDefined();
  expect(port.started).toBe(false);
  expect(ends()).toBe(1);
});

test('the port is closed when no host can be reached', async () => {
  const { port, ends } = joined(Promise.reject(new Error('the app is quitting')));
  await settled();
  expect(port.closed).toBe(true);
  expect(ends()).toBe(1);
});
