import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, connect, gateway } from '../harness/gateways.ts';
import { openClawClient } from '../harness/openclaw-client.ts';

afterEach(closeAll);

/** Real member and method names, so that invalid frames pass the first check. */
const methods = fc.constantFrom(
  'chat.send',
  'chat.history',
  'cron.create',
  'cron.update',
  'providers.set',
  'system.updateConfig',
  'skills.updateConfig',
  'channels.connect',
  'sessions.list',
  'logs.tail',
  'health',
  'connect',
  'auth.login',
  'nope',
);
const value = fc.jsonValue({ maxDepth: 4 });
const params = fc.dictionary(
  fc.constantFrom(
    'message',
    'sessionKey',
    'config',
    'patch',
    'jobId',
    'schedule',
    'limit',
    'idempotencyKey',
    'token',
    '__proto__',
    'x',
  ),
  value,
  { maxKeys: 4 },
);
const frame = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.json(),
  fc
    .record(
      { jsonrpc: fc.constant('2.0'), id: value, method: methods, params: fc.oneof(params, value) },
      { requiredKeys: ['method'] },
    )
    .map((request) => JSON.stringify(request)),
  fc
    .record(
      {
        type: fc.constantFrom('req', 'res', 'event'),
        id: fc.oneof(fc.string(), value),
        method: methods,
        params: fc.oneof(params, value),
      },
      { requiredKeys: ['type'] },
    )
    .map((request) => JSON.stringify(request)),
  fc.array(value, { maxLength: 5 }).map((batch) => JSON.stringify(batch)),
  fc.integer({ min: 1, max: 50_000 }).map((depth) => '['.repeat(depth)),
  fc.integer({ min: 1, max: 50_000 }).map((depth) => '['.repeat(depth) + ']'.repeat(depth)),
);

describe('whatever a client sends', () => {
  it('a JSON-RPC gateway goes on answering', async () => {
    const { url, logged } = await gateway();
    const client = await connect(url);
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 20 }), async (frames) => {
        for (const text of frames) client.send(text);
        expect(await client.call('system.version')).toMatchObject({ version: '0.2.0' });
      }),
      { numRuns: 60 },
    );
    expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('an OpenClaw gateway goes on answering, and greets the next one', async () => {
    const { url, logged } = await gateway({ dialect: 'openclaw' });
    const client = await openClawClient(url);
    await fc.assert(
      fc.asyncProperty(fc.array(frame, { minLength: 1, maxLength: 20 }), async ([first = '', ...frames]) => {
        (await connect(url)).send(first);
        for (const text of frames) client.send(text);
        expect(await client.ask('cron.status')).toMatchObject({ ok: true });
      }),
      { numRuns: 60 },
    );
    expect(await (await openClawClient(url)).ask('health')).toMatchObject({ ok: true });
    expect(logged.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
