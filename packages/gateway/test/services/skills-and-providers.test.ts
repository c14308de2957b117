import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import type { Client } from '../harness/client.ts';
import { closeAll, connect, gateway, later, temporaryDirectory } from '../harness/gateways.ts';
import { type ModelServer, startModelServer } from '../model-server.ts';

afterEach(closeAll);

async function modelServer(key?: string): Promise<ModelServer> {
  const model = await startModelServer(key === undefined ? {} : { key });
  later(() => model.close());
  return model;
}

async function say(client: Client, message: string): Promise<unknown> {
  const { runId } = await client.call('chat.send', { message });
  const end = await client.notification(
    'chat.message_received',
    (params) => params['runId'] === runId && params['state'] !== 'delta',
  );
  return end['text'];
}

describe('skills', () => {
  it('tell the model what they are for, while they are enabled', async () => {
    const model = await modelServer();
    const client = await connect((await gateway({ model: { url: model.url, name: 'm' } })).url);
    await say(client, 'plain');
    await client.call('skills.enable', { skillId: 'concise' });
    await client.call('skills.updateConfig', { skillId: 'concise', config: { maxSentences: 2 } });
    await say(client, 'short');
    await client.call('skills.disable', { skillId: 'concise' });
    await say(client, 'plain again');
    const systems = model.requests.map(({ messages }) => messages.filter(({ role }) => role === 'system'));
    expect(systems).toEqual([[], [{ role: 'system', content: 'Answer in at most 2 sentences.' }], []]);
  });

  it('come in bundles', async () => {
    const client = await connect((await gateway()).url);
    expect(await client.refusal('skills.enable', { skillId: 'language' })).toMatchObject({
      code: -32004,
      data: { bundle: 'writing' },
    });
    expect(await client.call('skills.bundles')).toMatchObject({ bundles: [{ id: 'essentials' }, { id: 'writing' }] });
    expect(await client.call('skills.installBundle', { bundleId: 'writing' })).toEqual({
      installed: ['plain-text', 'language'],
    });
    expect(await client.call('skills.installBundle', { bundleId: 'writing' })).toEqual({ installed: [] });
    expect(await client.call('skills.list')).toMatchObject({
      skills: [
        { id: 'current-time', enabled: false },
        { id: 'concise', enabled: false },
        { id: 'plain-text', enabled: true },
        { id: 'language', enabled: true },
      ],
    });
    expect(await client.refusal('skills.installBundle', { bundleId: 'nope' })).toMatchObject({ code: -32004 });
  });

  it('check their settings, and fall back to defaults', async () => {
    const client = await connect((await gateway()).url);
    expect(await client.call('skills.getConfig', { skillId: 'concise' })).toEqual({ config: { maxSentences: 3 } });
    expect(
      await client.refusal('skills.updateConfig', { skillId: 'concise', config: { maxSentences: 0 } }),
    ).toMatchObject({
      code: -32602,
      data: { path: '/config/maxSentences' },
    });
    expect(
      await client.refusal('skills.updateConfig', { skillId: 'current-time', config: { timeZone: 'Mars/Base' } }),
    ).toMatchObject({ data: { path: '/config/timeZone' } });
    expect(
      await client.refusal('skills.updateConfig', { skillId: 'concise', config: { colour: 'red' } }),
    ).toMatchObject({ data: { path: '/config/colour' } });
    expect(await client.call('skills.updateConfig', { skillId: 'concise', config: { maxSentences: 5 } })).toEqual({
      config: { maxSentences: 5 },
    });
    expect(await client.call('skills.updateConfig', { skillId: 'concise', config: { maxSentences: null } })).toEqual({
      config: { maxSentences: 3 },
    });
    expect(await client.refusal('skills.getConfig', { skillId: 'nope' })).toMatchObject({ code: -32004 });
  });
});

describe('providers', () => {
  it('answer chats once they are set, the one the settings name first', async () => {
    const client = await connect((await gateway()).url);
    const [one, two] = [await modelServer(), await modelServer()];
    expect(await say(client, 'a')).toBe('Echo (no model configured): a');
    await client.call('providers.set', { providerId: 'one', baseUrl: one.url, model: 'm1' });
    await client.call('providers.set', { providerId: 'two', baseUrl: two.url, model: 'm2' });
    expect(await say(client, 'b')).toBe('You said: b');
    await client.call('system.updateConfig', { config: { provider: 'two' } });
    await say(client, 'c');
    await client.call('system.updateConfig', { config: { provider: 'builtin' } });
    expect(await say(client, 'd')).toContain('Echo');
    expect([one, two].map(({ requests }) => requests.map(({ model }) => model))).toEqual([['m1'], ['m2']]);
    expect(await client.call('providers.remove', { providerId: 'one' })).toEqual({ removed: true });
    expect(await client.call('providers.remove', { providerId: 'one' })).toEqual({ removed: false });
    expect(await client.call('providers.list')).toMatchObject({ providers: [{ id: 'two' }] });
  });

  it('use a key and never tell it', async () => {
    const dataDirectory = temporaryDirectory();
    const { url, logged } = await gateway({ dataDirectory });
    const client = await connect(url);
    const model = await modelServer('sk-very-secret');
    const set = (more: object) =>
      client.call('providers.set', { providerId: 'p', baseUrl: model.url, model: 'm', ...more });
    expect(await set({ apiKey: 'sk-very-secret' })).toEqual({ id: 'p', baseUrl: model.url, model: 'm', hasKey: true });
    // Set again without a key: it stays, for the address is the same.
    expect(await set({ model: 'm2' })).toMatchObject({ hasKey: true, model: 'm2' });
    expect(await client.call('providers.test', { providerId: 'p' })).toEqual({
      ok: true,
      latencyMs: expect.any(Number),
    });
    expect(await say(client, 'hi')).toBe('You said: hi');
    expect(await say(client, '[error 401]')).toBe('');
    expect(await client.call('providers.list')).toMatchObject({ providers: [{ hasKey: true }] });
    const output = [...client.received, ...logged.map(({ text }) => text)].join('\n');
    expect(output).toContain('refused, key Bearer [key]');
    expect(output).not.toContain('sk-very-secret');
    // On disk, only one file and its backup contain the key.
    const holders = readdirSync(dataDirectory, { recursive: true, withFileTypes: true })
      .filter(
        (entry) =>
          entry.isFile() && readFileSync(join(entry.parentPath, entry.name), 'utf8').includes('sk-very-secret'),
      )
      .map(({ name }) => name);
    expect(holders.sort()).toEqual(['providers.json', 'providers.json.last-good']);
  });

  it('lose their key when their address changes', async () => {
    const client = await connect((await gateway()).url);
    const model = await modelServer();
    await client.call('providers.set', {
      providerId: 'p',
      baseUrl: 'http://127.0.0.1:4/v1',
      model: 'm',
      apiKey: 'sk-for-one-place',
    });
    expect(await client.call('providers.set', { providerId: 'p', baseUrl: model.url, model: 'm' })).toMatchObject({
      hasKey: false,
    });
    await say(client, 'hi');
    expect(model.requests[0]?.authorization).toBeUndefined();
  });

  it.each([
    [{ baseUrl: 'ftp://x/v1' }, '/baseUrl'],
    [{ baseUrl: 'http://user:pass@host/v1' }, '/baseUrl'],
    [{ apiKey: 'two\r\nlines: yes' }, '/apiKey'],
    [{ apiKey: '' }, '/apiKey'],
    [{ providerId: '../x' }, '/providerId'],
    [{ providerId: 'command-line' }, '/providerId'],
    [{ model: '' }, '/model'],
  ])('providers.set rejects %j', async (wrong, path) => {
    const client = await connect((await gateway()).url);
    const params = { providerId: 'p', baseUrl: 'http://127.0.0.1:1/v1', model: 'm', ...wrong };
    expect(await client.refusal('providers.set', params)).toMatchObject({ code: -32602, data: { path } });
  });

  it('say why a test fails', async () => {
    const client = await connect((await gateway()).url);
    const model = await modelServer('right');
    await client.call('providers.set', { providerId: 'p', baseUrl: model.url, model: 'm', apiKey: 'wrong-key' });
    expect(await client.call('providers.test', { providerId: 'p' })).toEqual({
      ok: false,
      error: `The model server at ${model.url} answered HTTP 401: wrong key: Bearer [key]`,
    });
    await model.close();
    expect(await client.call('providers.test', { providerId: 'p' })).toMatchObject({
      ok: false,
      error: expect.stringContaining('ECONNREFUSED'),
    });
    expect(await client.refusal('providers.test', { providerId: 'nope' })).toMatchObject({ code: -32004 });
  });

  it('the provider of the command line comes first and cannot be changed', async () => {
    const model = await modelServer('k');
    const client = await connect((await gateway({ model: { url: model.url, name: 'm', key: 'k' } })).url);
    expect(await client.call('providers.list')).toEqual({
      providers: [{ id: 'command-line', baseUrl: model.url, model: 'm', hasKey: true }],
    });
    expect(await client.refusal('providers.remove', { providerId: 'command-line' })).toMatchObject({ code: -32602 });
    expect(await client.call('providers.test', { providerId: 'command-line' })).toMatchObject({ ok: true });
    await client.call('system.updateConfig', { config: { provider: 'builtin' } });
    expect(await say(client, 'hi')).toBe('You said: hi');
  });
});

describe('settings', () => {
  it('settings are merged, and null removes a name', async () => {
    const client = await connect((await gateway()).url);
    await client.call('system.updateConfig', { config: { a: 1, b: { c: 2, d: [1, 2] } } });
    expect(await client.call('system.updateConfig', { config: { b: { c: null, e: 3 } } })).toEqual({
      config: { a: 1, b: { d: [1, 2], e: 3 } },
    });
    expect(await client.call('system.config')).toEqual({ config: { a: 1, b: { d: [1, 2], e: 3 } } });
  });

  it('settings are limited in size and depth', async () => {
    const client = await connect((await gateway()).url);
    const deep = `${'{"x":'.repeat(20)}1${'}'.repeat(20)}`;
    client.send(`{"jsonrpc":"2.0","id":"deep","method":"system.updateConfig","params":{"config":${deep}}}`);
    expect(await client.next(({ id }) => id === 'deep')).toMatchObject({
      error: { code: -32602, data: { problem: expect.stringContaining('deeper') } },
    });
    expect(
      await client.refusal('system.updateConfig', { config: { list: Array.from({ length: 6000 }, () => 1) } }),
    ).toMatchObject({ code: -32602 });
    client.send(
      '{"jsonrpc":"2.0","id":"proto","method":"system.updateConfig","params":{"config":{"__proto__":{"polluted":true}}}}',
    );
    expect(await client.next(({ id }) => id === 'proto')).toMatchObject({
      error: { code: -32602, data: { path: '/config/__proto__' } },
    });
    expect(Object.hasOwn(Object.prototype, 'polluted')).toBe(false);
  });
});
