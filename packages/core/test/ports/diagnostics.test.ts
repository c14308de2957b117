import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { expect, onTestFinished, test } from 'vitest';
import { publishTo } from '../../src/ports/node/diagnostics.ts';
import { Stage } from '../connection/stage.ts';

test('a tracer hears of transitions, dials and requests, without our doing', async () => {
  const heard: unknown[] = [];
  for (const type of ['transition', 'dial', 'request']) {
    const listener = (event: unknown) => heard.push(event);
    subscribe(`deskclaw.connection.${type}`, listener);
    onTestFinished(() => void unsubscribe(`deskclaw.connection.${type}`, listener));
  }
  const stage = await Stage.ready({ trace: publishTo('deskclaw.connection') });
  const reply = stage.connection.request<string>('echo', { secret: 'sesame' });
  await stage.clock.advance(10);
  await reply;
  expect(heard).toMatchObject([
    { type: 'dial', address: 'ws://127.0.0.1:18789/ws', generation: 1 },
    { type: 'transition', from: 'closed', to: 'connecting', cause: 'connect' },
    { type: 'transition', from: 'connecting', to: 'handshaking', cause: 'opened' },
    { type: 'transition', from: 'handshaking', to: 'ready', cause: 'accepted' },
    { type: 'request', method: 'echo', outcome: 'result' },
  ]);
  expect(JSON.stringify(heard)).not.toContain('sesame');
});

test('where nobody listens nothing is published', () => {
  const publish = publishTo('deskclaw.nobody');
  expect(() => publish({ type: 'transition' })).not.toThrow();
});
