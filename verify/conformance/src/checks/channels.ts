import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Bench } from '../bench.ts';
import { startBotServer } from '../bot-server.ts';
import type { Check } from '../check.ts';
import { call, login } from '../handshake.ts';
import { type ChannelView, channelMethods, readChannelsStatus } from '../ours.ts';
import type { Wire } from '../wire.ts';
import { configFor } from '../workplace.ts';

const TIMEOUT_MS = 60_000;
const POLL_INTERVAL_MS = 50;
const bot = { channelId: 'telegram' };

function names(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((name) => typeof name === 'string') : [];
}

function offered({ features }: Readonly<Record<string, unknown>>): readonly string[] {
  return names(typeof features === 'object' && features !== null && 'methods' in features ? features.methods : []);
}

async function look(wire: Wire): Promise<readonly ChannelView[]> {
  const answer = await call(wire, 'channels.status', { probe: false });
  const channels = readChannelsStatus(answer['payload']);
  assert.ok(channels !== undefined, JSON.stringify(answer));
  return channels;
}

async function telegram(wire: Wire): Promise<ChannelView['status'] | undefined> {
  return (await look(wire)).find(({ id }) => id === bot.channelId)?.status;
}

/** Polls until the status is `goal`. Resolves with the sequence of distinct statuses. */
async function seenUntil(wire: Wire, goal: ChannelView['status']): Promise<readonly string[]> {
  const seen: string[] = [];
  for (const deadline = performance.now() + TIMEOUT_MS; performance.now() < deadline; await sleep(POLL_INTERVAL_MS)) {
    const status = String(await telegram(wire));
    if (seen.at(-1) !== status) seen.push(status);
    if (status === goal) return seen;
  }
  throw new Error(`never ${goal}: ${seen.join(', ')}`);
}

/** A gateway with a bot whose service is ours. */
async function withBot(bench: Bench, use: (wire: Wire, hello: readonly string[]) => Promise<string>): Promise<string> {
  const server = await startBotServer();
  try {
    const workplace = await bench.workplace((place) => ({
      ...configFor(place, bench.model.url),
      channels: { telegram: { enabled: true, botToken: '1:conformance', apiRoot: server.url } },
      plugins: { enabled: true, entries: { telegram: { enabled: true } } },
    }));
    const { gateway } = await bench.startReady(workplace, { channels: true });
    const { wire, hello } = await login(gateway.port);
    try {
      return await use(wire, offered(hello));
    } finally {
      wire.close();
      await gateway.kill();
    }
  } finally {
    server.close();
  }
}

export const channelChecks: readonly Check[] = [
  {
    name: 'channels',
    fact: 'channels.status is offered and read: none set up, none made up; start and stop are not offered by the oldest',
    async run(bench) {
      const { wire, hello } = await login(bench.gateway.port);
      const has = offered(hello);
      const methods = channelMethods(has);
      assert.equal(methods.list(false).method, 'channels.status');
      const missing = [methods.connect(bot), methods.disconnect(bot), methods.logout(bot)]
        .map(({ method }) => method)
        .filter((method) => !has.includes(method));
      assert.deepEqual(missing, bench.expect({ A: ['channels.start', 'channels.stop'], B: [], C: [] }));
      assert.ok(!has.includes(methods.qrMethod), 'no channel that is logged in to by a QR code is loaded');
      assert.deepEqual(await look(wire), []);
      wire.close();
      return undefined;
    },
  },
  {
    name: 'a channel connects',
    fact: 'start and stop are acknowledged at once; connected it is later, and our reading of the status says when',
    // The oldest cannot be pointed to a service of ours, and has no start and no stop.
    only: ['B', 'C'],
    run: (bench) =>
      withBot(bench, async (wire, has) => {
        const methods = channelMethods(has);
        const ask = async ({ method, params }: ReturnType<typeof methods.connect>) =>
          JSON.stringify((await call(wire, method, params))['payload']);
        await seenUntil(wire, 'connected');
        assert.match(await ask(methods.disconnect(bot)), /"stopped":true/);
        assert.equal(await telegram(wire), 'disconnected');
        assert.match(await ask(methods.connect(bot)), /"started":true/);
        const acknowledgedAt = performance.now();
        const seen = await seenUntil(wire, 'connected');
        assert.deepEqual(seen, ['connecting', 'connected']);
        return `connected ${((performance.now() - acknowledgedAt) / 1000).toFixed(1)} s after "started"`;
      }),
  },
];
