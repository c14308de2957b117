import { afterEach, describe, expect, it } from 'vitest';
import type { Client, Frame } from '../harness/client.ts';
import { closeAll, connect, gateway, later } from '../harness/gateways.ts';
import { type ModelServer, startModelServer } from '../model-server.ts';

afterEach(closeAll);

const received = 'chat.message_received';

/** Collects the events of one run until it ends. */
async function follow(client: Client, runId: unknown): Promise<readonly Frame[]> {
  const events: Frame[] = [];
  while (true) {
    const event = await client.notification(received, (params) => params['runId'] === runId);
    events.push(event);
    if (event['state'] !== 'delta') return events;
  }
}

async function say(client: Client, message: string, more: object = {}): Promise<readonly Frame[]> {
  const { runId } = await client.call('chat.send', { message, ...more });
  return follow(client, runId);
}

async function modelGateway(): Promise<{ client: Client; model: ModelServer }> {
  const model = await startModelServer({ key: 'sk-test-key' });
  later(() => model.close());
  const { url } = await gateway({ model: { url: model.url, name: 'test-model', key: 'sk-test-key' } });
  return { client: await connect(url), model };
}

/** Checks the invariants of the events of any run. */
function expectWellFormed(events: readonly Frame[]): void {
  let text = '';
  for (const [index, event] of events.entries()) {
    expect(event['role']).toBe('assistant');
    expect(event['seq']).toBe(index + 1);
    if (event['state'] !== 'delta') continue;
    expect(event['delta']).not.toBe('');
    text += String(event['delta']);
    expect(event['text']).toBe(text);
  }
  expect(events.at(-1)?.['text']).toBe(text);
}

describe('the echo', () => {
  it('streams word by word, labelled as what it is', async () => {
    const client = await connect((await gateway()).url);
    const events = await say(client, 'hello  there,\nfriend');
    expectWellFormed(events);
    expect(events.length).toBeGreaterThan(3);
    expect(events.at(-1)).toMatchObject({ state: 'final', text: 'Echo (no model configured): hello  there,\nfriend' });
  });

  it('answers the request before the first piece', async () => {
    const client = await connect((await gateway()).url);
    client.send({ jsonrpc: '2.0', id: 1, method: 'chat.send', params: { message: 'hi' } });
    await client.notification(received, ({ state }) => state === 'final');
    const order = client.received.map((text) =>
      /"state":"(delta|final)"|"(result)"/.exec(text)?.slice(1).find(Boolean),
    );
    expect(order.indexOf('result')).toBeLessThan(order.indexOf('delta'));
  });

  it('says a very long message in bounded time', async () => {
    const client = await connect((await gateway()).url);
    const events = await say(client, 'word '.repeat(20_000));
    expect(events.length).toBeLessThan(70);
    expect(String(events.at(-1)?.['text'])).toHaveLength('Echo (no model configured): '.length + 100_000);
  });
});

describe('a session', () => {
  it('keeps what was said, and forgets it on chat.clear', async () => {
    const client = await connect((await gateway()).url);
    await say(client, 'one');
    await say(client, 'two', { sessionKey: 'other' });
    expect(await client.call('chat.history')).toEqual({
      sessionKey: 'main',
      messages: [
        {
          id: expect.any(String),
          runId: expect.any(String),
          role: 'user',
          text: 'one',
          at: expect.any(Number),
          state: 'final',
        },
        expect.objectContaining({ role: 'assistant', text: 'Echo (no model configured): one', state: 'final' }),
      ],
    });
    expect(await client.call('chat.history', { limit: 1 })).toMatchObject({ messages: [{ role: 'assistant' }] });
    expect(await client.call('chat.clear')).toEqual({ cleared: 2 });
    expect(await client.call('chat.history')).toMatchObject({ messages: [] });
    expect(await client.call('chat.history', { sessionKey: 'other' })).toMatchObject({ messages: [{}, {}] });
    expect(await client.call('chat.clear', { sessionKey: 'never seen' })).toEqual({ cleared: 0 });
  });

  it('shows every connection what was said and answered', async () => {
    const { url } = await gateway();
    const [sender, other] = [await connect(url), await connect(url)];
    await sender.call('chat.send', { message: 'hello all', idempotencyKey: 'k' });
    expect(await other.notification('chat.message_sent')).toEqual({
      runId: 'k',
      sessionKey: 'main',
      seq: 0,
      role: 'user',
      state: 'final',
      text: 'hello all',
    });
    expectWellFormed(await follow(other, 'k'));
    expectWellFormed(await follow(sender, 'k'));
  });

  it('answers one message after the other, each under its own run', async () => {
    const client = await connect((await gateway()).url);
    for (const key of ['a', 'b', 'c']) await client.call('chat.send', { message: key, idempotencyKey: key });
    for (const key of ['a', 'b', 'c']) expectWellFormed(await follow(client, key));
    const runs = client.received.flatMap((text) => /message_received.*"runId":"(.)"/.exec(text)?.[1] ?? []);
    expect([...new Set(runs)]).toEqual(['a', 'b', 'c']);
    expect(runs).toEqual([...runs].sort());
  });

  it('does not wait for another one', async () => {
    const { client } = await modelGateway();
    await client.call('chat.send', { message: '[stall]', sessionKey: 'stuck' });
    expect((await say(client, 'hi', { sessionKey: 'free' })).at(-1)).toMatchObject({ state: 'final' });
    expect(await client.call('chat.abort', { sessionKey: 'stuck' })).toMatchObject({ aborted: true });
  });

  it('holds a limited queue', async () => {
    const { client } = await modelGateway();
    await client.call('chat.send', { message: '[hang]' });
    for (let index = 0; index < 100; index += 1) await client.call('chat.send', { message: String(index) });
    expect(await client.refusal('chat.send', { message: 'one too many' })).toMatchObject({ code: -32006 });
    expect(await client.call('chat.abort')).toMatchObject({ aborted: true });
  });
});

describe('an idempotency key', () => {
  it('chat.send with a known idempotency key joins the run instead of sending twice', async () => {
    const client = await connect((await gateway()).url);
    const send = () => client.call('chat.send', { message: 'once', idempotencyKey: 'key-1' });
    expect(await send()).toEqual({ runId: 'key-1', status: 'started' });
    expect(await send()).toEqual({ runId: 'key-1', status: 'in_flight' });
    await follow(client, 'key-1');
    expect(await send()).toEqual({ runId: 'key-1', status: 'ok' });
    expect(await client.call('chat.history')).toMatchObject({ messages: [{ role: 'user' }, { role: 'assistant' }] });
  });

  it('starts one run when it comes several times at once', async () => {
    const client = await connect((await gateway()).url);
    const message = { jsonrpc: '2.0', method: 'chat.send', params: { message: 'x', idempotencyKey: 'k' } };
    await client.any();
    client.send([1, 2, 3].map((id) => ({ ...message, id })));
    expect(await client.batch()).toMatchObject([
      { result: { status: 'started' } },
      { result: { status: 'in_flight' } },
      { result: { status: 'in_flight' } },
    ]);
  });

  it('makes any other method safe to send again', async () => {
    const client = await connect((await gateway()).url);
    const create = (key: string) =>
      client.call('cron.create', { name: 'n', schedule: '@daily', message: 'm', enabled: false, idempotencyKey: key });
    const first = await create('k1');
    expect(await create('k1')).toEqual(first);
    expect(await create('k2')).not.toEqual(first);
    expect(await client.call('cron.list')).toMatchObject({ jobs: [{ id: first['id'] }, {}] });
    const wrong = { name: 'n', schedule: 'never', message: 'm', idempotencyKey: 'k3' };
    expect(await client.refusal('cron.create', wrong)).toMatchObject({ code: -32602 });
    // A failure is no answer to keep.
    expect(await client.call('cron.create', { ...wrong, schedule: '@daily' })).toHaveProperty('id');
    expect(await client.refusal('system.health', { idempotencyKey: '' })).toMatchObject({
      data: { path: '/idempotencyKey' },
    });
  });
});

describe('chat.abort', () => {
  it('ends the run with what was said so far, before it answers', async () => {
    const { client, model } = await modelGateway();
    const { runId } = await client.call('chat.send', { message: '[chunks 1000] [slow 20]' });
    await client.notification(received, ({ text }) => String(text).includes('w2'));
    const hungUp = model.nextHangUp();
    expect(await client.call('chat.abort')).toEqual({ aborted: true, runIds: [runId] });
    const aborted = await client.notification(received, ({ state }) => state === 'aborted');
    expect(aborted['text']).toMatch(/^w0 w1 w2/);
    const texts = client.received;
    expect(texts.findIndex((text) => text.includes('"aborted"'))).toBeLessThan(
      texts.findIndex((text) => text.includes('runIds')),
    );
    await hungUp;
    expect(await client.call('chat.history')).toMatchObject({
      messages: [{}, { state: 'aborted', text: aborted['text'] }],
    });
  });

  it('reaches a message that still waits, and leaves the one before it alone', async () => {
    const { client } = await modelGateway();
    await client.call('chat.send', { message: '[chunks 20] [slow 20]', idempotencyKey: 'first' });
    await client.call('chat.send', { message: 'second', idempotencyKey: 'second' });
    expect(await client.call('chat.abort', { runId: 'second' })).toEqual({ aborted: true, runIds: ['second'] });
    expect(await follow(client, 'second')).toMatchObject([{ state: 'aborted', text: '' }]);
    expect((await follow(client, 'first')).at(-1)).toMatchObject({ state: 'final' });
  });

  it('chat.abort aborts nothing when no run is active', async () => {
    const client = await connect((await gateway()).url);
    expect(await client.call('chat.abort')).toEqual({ aborted: false, runIds: [] });
    expect(await client.call('chat.abort', { runId: 'unknown' })).toEqual({ aborted: false, runIds: [] });
  });

  it('a stopping gateway aborts its runs', async () => {
    const model = await startModelServer();
    later(() => model.close());
    const started = await gateway({ model: { url: model.url, name: 'm' } });
    const client = await connect(started.url);
    await client.call('chat.send', { message: '[stall]' });
    await client.notification(received, ({ text }) => text === 'You said:');
    await started.close();
    expect(await client.notification(received, ({ state }) => state === 'aborted')).toMatchObject({
      text: 'You said:',
    });
  });
});

describe('a model server', () => {
  it('streams its answer, and is told the conversation so far', async () => {
    const { client, model } = await modelGateway();
    expect((await say(client, 'my name is Ada')).at(-1)).toMatchObject({
      state: 'final',
      text: 'You said: my name is Ada',
    });
    expectWellFormed(await say(client, 'and yours?'));
    expect(model.requests.at(-1)).toEqual({
      path: '/v1/chat/completions',
      authorization: 'Bearer sk-test-key',
      model: 'test-model',
      messages: [
        { role: 'user', content: 'my name is Ada' },
        { role: 'assistant', content: 'You said: my name is Ada' },
        { role: 'user', content: 'and yours?' },
      ],
    });
  });

  it('the model receives no other sessions, failed answers or waiting messages', async () => {
    const { client, model } = await modelGateway();
    await say(client, 'elsewhere', { sessionKey: 'other' });
    await say(client, '[error 500]');
    await client.call('chat.send', { message: '[chunks 3] [slow 30]', idempotencyKey: 'one' });
    await client.call('chat.send', { message: 'two', idempotencyKey: 'two' });
    await follow(client, 'two');
    expect(model.requests.map(({ messages }) => messages.map(({ content }) => content))).toEqual([
      ['elsewhere'],
      ['[error 500]'],
      ['[chunks 3] [slow 30]'],
      ['[chunks 3] [slow 30]', 'w0 w1 w2', 'two'],
    ]);
  });

  it.each([
    ['[error 400]', 'The model server at {model} answered HTTP 400: refused, key Bearer [key]', ''],
    ['[stream-error] x', 'The model server reported an error: the model fell over', 'You'],
    ['[cut] x', 'The model server ended the reply in the middle.', 'You said:'],
    ['[end-early] x', 'The model server ended the reply in the middle.', 'You said:'],
    ['[tools]', 'The model asked for tools, which this gateway does not offer.', 'You said: [tools]'],
    ['[empty]', 'The reply was empty.', ''],
  ])('a model server that does %s becomes a readable error', async (message, error, text) => {
    const { client, model } = await modelGateway();
    const events = await say(client, message);
    expectWellFormed(events);
    expect(events.at(-1)).toMatchObject({ state: 'error', error: error.replace('{model}', model.url), text });
    expect(await client.call('chat.history')).toMatchObject({ messages: [{ role: 'user' }, { state: 'error', text }] });
    expect(client.received.join('\n')).not.toContain('sk-test-key');
    expect((await say(client, 'still there?')).at(-1)).toMatchObject({ state: 'final' });
  });

  it('a model server that does not stream is read as well', async () => {
    const { client } = await modelGateway();
    expect((await say(client, '[plain] hi')).at(-1)).toMatchObject({ state: 'final', text: 'You said: [plain] hi' });
  });

  it('an unreachable model server is named in the error', async () => {
    const gone = await startModelServer();
    await gone.close();
    const client = await connect((await gateway({ model: { url: gone.url, name: 'm' } })).url);
    expect((await say(client, 'hi')).at(-1)).toMatchObject({
      state: 'error',
      error: `The model server at ${gone.url} cannot be reached: ECONNREFUSED`,
    });
  });
});
