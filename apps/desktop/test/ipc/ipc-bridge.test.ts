import { expect, test } from 'vitest';
import { type ConnectEvent, createIpcBridge } from '../../src/ipc/ipc-bridge.ts';
import { BUNDLE_ORIGIN } from '../../src/window/bundle.ts';
import { FakeChannel } from '../support/fake-channel.ts';
import { FakePort } from '../support/fake-electron.ts';

const ownPage = { origin: BUNDLE_ORIGIN, parent: null };

function bridge() {
  const listeners: ((event: ConnectEvent) => void)[] = [];
  const channels: FakeChannel[] = [];
  const warnings: string[] = [];
  const made = createIpcBridge({
    ipc: { on: (_channel, listener) => listeners.push(listener) },
    openChannel: () => {
      const channel = new FakeChannel();
      channels.push(channel);
      return Promise.resolve(channel);
    },
    warn: (text) => warnings.push(text),
  });
  const connectFrom = (senderFrame: ConnectEvent['senderFrame'], ...ports: FakePort[]) => {
    for (const listener of listeners) listener({ senderFrame, ports });
  };
  return { made, connectFrom, channels, warnings };
}

const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

test('the app’s own page gets a channel for each port', async () => {
  const { made, connectFrom, channels } = bridge();
  const [one, two] = [new FakePort(), new FakePort()];
  connectFrom(ownPage, one);
  connectFrom(ownPage, two);
  await settled();
  expect(made.size).toBe(2);
  channels[0]?.receive('for the first');
  expect([one.sent, two.sent]).toEqual([['for the first'], []]);
});

test.each<[string, ConnectEvent['senderFrame']]>([
  ['a page from the network', { origin: 'https://example.org', parent: null }],
  ['a frame within our page', { origin: BUNDLE_ORIGIN, parent: {} }],
  ['a page that only looks like ours', { origin: 'app://bundle.example.org', parent: null }],
  ['a page without an origin', { origin: 'null', parent: null }],
  ['a frame that is gone', null],
])('%s gets no channel, and its port is closed', (_what, frame) => {
  const { made, connectFrom, channels, warnings } = bridge();
  const port = new FakePort();
  connectFrom(frame, port);
  expect([port.closed, port.started, made.size, channels.length, warnings.length]).toEqual([true, false, 0, 0, 1]);
});

test('a message without a port opens nothing', () => {
  const { connectFrom, channels } = bridge();
  connectFrom(ownPage);
  expect(channels).toEqual([]);
});

test('a page holds at most four channels; a new one closes the oldest', async () => {
  const { made, connectFrom, channels } = bridge();
  const ports = Array.from({ length: 50 }, () => new FakePort());
  for (const port of ports) connectFrom(ownPage, port);
  await settled();
  expect(made.size).toBe(4);
  expect(ports.filter(({ closed }) => !closed)).toEqual(ports.slice(-4));
  expect(channels.filter(({ end }) => end === undefined)).toHaveLength(4);
});

test('closing the bridge ends all channels and refuses new ones', async () => {
  const { made, connectFrom } = bridge();
  const [before, after] = [new FakePort(), new FakePort()];
  connectFrom(ownPage, before);
  await settled();
  made.close();
  connectFrom(ownPage, after);
  expect([before.closed, after.closed, made.size]).toEqual([true, true, 0]);
});
