import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { isObject } from '@deskclaw/protocol';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { integer, object, text } from '../../src/params/guard.ts';
import { Log } from '../../src/ports/log.ts';
import { openFileDocument } from '../../src/store/file-document.ts';
import type { Client } from '../harness/client.ts';
import { closeAll, connect, gateway, temporaryDirectory } from '../harness/gateways.ts';
import { SimulatedClock } from '../harness/simulated-clock.ts';

afterEach(closeAll);

async function talk(client: Client, message: string, sessionKey = 'main'): Promise<void> {
  const { runId } = await client.call('chat.send', { message, sessionKey });
  await client.notification(
    'chat.message_received',
    (params) => params['runId'] === runId && params['state'] === 'final',
  );
}

/** Makes a directory with something in every file of it, by using a gateway. */
async function usedDirectory(): Promise<string> {
  const dataDirectory = temporaryDirectory();
  const started = await gateway({ dataDirectory });
  const client = await connect(started.url);
  for (const colour of ['red', 'green'])
    await client.call('system.updateConfig', { config: { colour, provider: 'builtin' } });
  await client.call('skills.enable', { skillId: 'concise' });
  await client.call('skills.enable', { skillId: 'current-time' });
  await client.call('channels.connect', { channelId: 'device' });
  await client.call('providers.set', {
    providerId: 'local',
    baseUrl: 'http://127.0.0.1:9/v1',
    model: 'm',
    apiKey: 'sk-kept-secret',
  });
  await client.call('cron.create', { name: 'yearly', schedule: '@yearly', message: 'happy new year' });
  await client.call('providers.remove', { providerId: 'local' });
  await client.call('providers.set', {
    providerId: 'local',
    baseUrl: 'http://127.0.0.1:9/v1',
    model: 'm',
    apiKey: 'sk-kept-secret',
  });
  await talk(client, 'one');
  await talk(client, 'two');
  await talk(client, 'elsewhere', 'a/b ../ü');
  await started.close();
  return dataDirectory;
}

async function look(dataDirectory: string): Promise<{ seen: Record<string, unknown>; warnings: readonly string[] }> {
  const started = await gateway({ dataDirectory });
  const client = await connect(started.url);
  const seen = {
    config: await client.call('system.config'),
    skills: await client.call('skills.list'),
    channels: await client.call('channels.get', { channelId: 'device' }),
    providers: await client.call('providers.list'),
    cron: await client.call('cron.list'),
    main: await client.call('chat.history'),
    other: await client.call('chat.history', { sessionKey: 'a/b ../ü' }),
  };
  await started.close();
  return { seen, warnings: started.logged.filter(({ level }) => level !== 'info').map(({ text }) => text) };
}

describe('a data directory', () => {
  it('keeps everything over a restart', async () => {
    const { seen, warnings } = await look(await usedDirectory());
    expect(seen).toMatchObject({
      config: { config: { colour: 'green' } },
      skills: {
        skills: [
          { id: 'current-time', enabled: true },
          { id: 'concise', enabled: true },
        ],
      },
      channels: { status: 'connecting' },
      providers: { providers: [{ id: 'local', hasKey: true }] },
      cron: { jobs: [{ name: 'yearly' }] },
      main: { messages: [{ text: 'one' }, {}, { text: 'two' }, {}] },
      other: { messages: [{ text: 'elsewhere' }, {}] },
    });
    expect(warnings).toEqual([]);
  });

  it('the data directory is readable by its owner only', async () => {
    const directory = await usedDirectory();
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      expect(statSync(join(entry.parentPath, entry.name)).mode & 0o077, entry.name).toBe(0);
    }
  });

  it('answers a message that an earlier process kept but never answered, once', async () => {
    const directory = await usedDirectory();
    const [file] = readdirSync(join(directory, 'sessions')).filter((name) =>
      readFileSync(join(directory, 'sessions', name), 'utf8').includes('"main"'),
    );
    const record = { id: 'lost:user', role: 'user', text: 'are you there?', at: 1, runId: 'lost', state: 'final' };
    appendFileSync(join(directory, 'sessions', String(file)), `${JSON.stringify(record)}\n`);
    const client = await connect((await gateway({ dataDirectory: directory })).url);
    expect(await client.call('chat.send', { message: 'are you there?', idempotencyKey: 'lost' })).toMatchObject({
      status: 'started',
    });
    await client.notification('chat.message_received', ({ state }) => state === 'final');
    expect(await client.call('chat.send', { message: 'are you there?', idempotencyKey: 'lost' })).toMatchObject({
      status: 'ok',
    });
    const { messages } = await client.call('chat.history');
    expect(JSON.stringify(messages).split('are you there?')).toHaveLength(3);
  });

  it('the data directory is used by one gateway at a time', async () => {
    const directory = temporaryDirectory();
    const first = await gateway({ dataDirectory: directory });
    await expect(gateway({ dataDirectory: directory })).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringContaining(`pid ${process.pid}`),
    });
    await first.close();
    await gateway({ dataDirectory: directory });
  });

  it.each([
    ['of a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, startedAt: '1' })],
    ['of a pid that is another process now', JSON.stringify({ pid: process.pid, startedAt: '1' })],
    ['that is cut off', '{"pid":'],
    ['that is empty', ''],
  ])('a gateway starts despite a lock %s', async (_what, lock) => {
    const directory = temporaryDirectory();
    writeFileSync(join(directory, 'gateway.lock'), lock);
    await gateway({ dataDirectory: directory });
  });

  it('an unusable data directory is named in the error', async () => {
    const directory = temporaryDirectory();
    const file = join(directory, 'a-file');
    writeFileSync(file, '');
    await expect(gateway({ dataDirectory: file })).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringContaining(file),
    });
    mkdirSync(join(directory, 'cron.json'));
    await expect(gateway({ dataDirectory: directory })).rejects.toMatchObject({
      exitCode: 78,
      message: expect.stringContaining('cron.json'),
    });
  });

  it('a data directory that becomes read-only leads to an error answer, not a crash', async () => {
    const directory = temporaryDirectory();
    const { url } = await gateway({ dataDirectory: directory });
    const client = await connect(url);
    await client.call('system.updateConfig', { config: { before: true } });
    rmSync(directory, { recursive: true });
    expect(await client.refusal('system.updateConfig', { config: { after: true } })).toMatchObject({
      code: -32000,
      message: expect.stringContaining('could not be saved'),
    });
    expect(await client.call('system.config')).toEqual({ config: { before: true } });
    expect(await client.refusal('chat.send', { message: 'x' })).toMatchObject({
      code: -32000,
      message: expect.stringContaining('could not be saved'),
    });
    mkdirSync(join(directory, 'sessions'), { recursive: true });
    await talk(client, 'back again');
    expect(await client.call('system.updateConfig', { config: { after: true } })).toEqual({
      config: { before: true, after: true },
    });
  });
});

describe('damage', () => {
  const documents = ['settings.json', 'channels.json', 'skills.json', 'providers.json', 'cron.json'];

  it.each(documents)('damage to %s is reported, quarantined and repaired from the last good copy', async (name) => {
    const directory = await usedDirectory();
    const path = join(directory, name);
    const torn = readFileSync(path, 'utf8').slice(0, -5);
    writeFileSync(path, torn);
    const { seen, warnings } = await look(directory);
    expect(warnings.join('\n')).toContain(path);
    const aside = readdirSync(directory).filter((file) => file.startsWith(`${name}.corrupt-`));
    expect(aside.map((file) => readFileSync(join(directory, file), 'utf8'))).toEqual([torn]);
    // The copy is the state before the last change, which each document had at least two of, or the first state.
    expect(seen['skills']).toMatchObject({ skills: [{ id: 'current-time' }, { id: 'concise', enabled: true }] });
    expect(seen['config']).toMatchObject({ config: { colour: name === 'settings.json' ? 'red' : 'green' } });
  });

  it('damage at any byte of a document leaves the last state or the one before it', async () => {
    const directory = temporaryDirectory();
    const ports = { clock: new SimulatedClock(0), log: new Log(new SimulatedClock(0), () => undefined) };
    const path = join(directory, 'counter.json');
    const guard = object({ count: integer(0, 1000), note: text() });
    const open = () => openFileDocument(path, guard, { count: 0, note: '' }, ports);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 2, max: 9 }), fc.string(), fc.nat(200), async (updates, note, cut) => {
        for (const name of readdirSync(directory)) rmSync(join(directory, name));
        const document = open();
        for (let count = 1; count <= updates; count += 1) await document.update(() => ({ count, note }));
        truncateSync(path, Math.min(cut, statSync(path).size));
        const { count } = open().value;
        expect([updates - 1, updates]).toContain(count);
        // The gateway continues from there.
        const healed = open();
        await healed.update((value) => ({ ...value, count: value.count + 1 }));
        expect(open().value).toEqual({ count: count + 1, note });
      }),
    );
  });

  it('damage to all documents still leaves a gateway that runs', async () => {
    const directory = await usedDirectory();
    for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) writeFileSync(join(entry.parentPath, entry.name), '\u0000\u0000{"');
    }
    const { seen } = await look(directory);
    expect(seen).toMatchObject({ config: { config: {} }, main: { messages: [] } });
  });

  it('a value of the wrong shape counts as damage', async () => {
    const directory = await usedDirectory();
    writeFileSync(join(directory, 'cron.json'), '{"format":1,"value":[{"id":7}]}');
    const { warnings } = await look(directory);
    expect(warnings.join('\n')).toContain('/value/0/id');
  });

  it('between two renames loses nothing but the write in hand', async () => {
    const directory = await usedDirectory();
    rmSync(join(directory, 'settings.json'));
    const { seen, warnings } = await look(directory);
    expect(seen['config']).toMatchObject({ config: { colour: 'red' } });
    expect(warnings.join('\n')).toContain('last good copy');
  });

  it('leaves a last-good file that the next start can use', async () => {
    const directory = await usedDirectory();
    writeFileSync(join(directory, 'settings.json'), 'x');
    await look(directory);
    expect((await look(directory)).seen['config']).toMatchObject({ config: { colour: 'red' } });
  });
});

describe('a transcript cut off at any byte', () => {
  it('keeps every record that is whole, and takes new ones', async () => {
    const directory = await usedDirectory();
    const sessions = join(directory, 'sessions');
    const file = join(
      sessions,
      String(
        readdirSync(sessions).find((name) =>
          readFileSync(join(sessions, name), 'utf8').includes('"sessionKey":"main"'),
        ),
      ),
    );
    const whole = readFileSync(file);
    const lines = whole.toString().trimEnd().split('\n');
    const started = await gateway({ dataDirectory: directory });
    await started.close();
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length }), async (at) => {
        writeFileSync(file, whole);
        truncateSync(file, at);
        const again = await gateway({ dataDirectory: directory });
        const client = await connect(again.url);
        const read = async (): Promise<readonly unknown[]> => {
          const { messages } = await client.call('chat.history');
          return Array.isArray(messages)
            ? messages.map((message) => (isObject(message) ? message['text'] : message))
            : [];
        };
        const stored = await read();
        const wholeLines = whole.subarray(0, at).toString().split('\n').slice(1);
        const expected = lines
          .slice(1)
          .filter((line) => wholeLines.includes(line))
          .map((line) => (JSON.parse(line) as { text: string }).text);
        expect(stored).toEqual(expected);
        await talk(client, 'after');
        await again.close();
        const third = await gateway({ dataDirectory: directory });
        const { messages } = await (await connect(third.url)).call('chat.history');
        expect(messages).toHaveLength(expected.length + 2);
        expect(third.logged.filter(({ level }) => level !== 'info')).toEqual([]);
        await third.close();
        for (const name of readdirSync(sessions)) if (name.includes('.corrupt-')) rmSync(join(sessions, name));
      }),
      { numRuns: 25 },
    );
    expect(existsSync(file)).toBe(true);
  });
});
