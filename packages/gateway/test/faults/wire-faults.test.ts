import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isObject } from '@deskclaw/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { FaultValues } from '../../src/index.ts';
import type { Client } from '../harness/client.ts';
import { closeAll, connect, gateway, temporaryDirectory } from '../harness/gateways.ts';
import { openClawClient } from '../harness/openclaw-client.ts';

afterEach(closeAll);

async function faulty(faults: FaultValues): Promise<Client> {
  return connect((await gateway({ faults })).url);
}

/** Frames that answer a request. */
function answers(client: Client): readonly unknown[] {
  return client.received
    .filter((text) => /"(result|error)":/.test(text) && !text.includes('"method"'))
    .map((text) => JSON.parse(text));
}

/** Sends a ping and tells whether its pong came before `other` was done. */
async function pongs(client: Client, other: Promise<unknown>): Promise<boolean> {
  const pong = new Promise<boolean>((resolve) => client.socket.once('pong', () => resolve(true)));
  client.socket.ping();
  return Promise.race([pong, other.then(() => false)]);
}

describe('faults on the wire', () => {
  it('close: closes each connection with that code', async () => {
    const { url } = await gateway({ faults: { close: { code: 4009, afterMs: 5 } } });
    for (let round = 0; round < 2; round += 1) {
      expect(await (await connect(url)).closed).toEqual({ code: 4009, reason: 'fault: close' });
    }
  });

  it('close=1006: cuts the connection without a close frame', async () => {
    expect(await (await faulty({ close: { code: 1006, afterMs: 5 } })).closed).toEqual({ code: 1006, reason: '' });
  });

  it('flap: closes each connection again and again', async () => {
    const { url } = await gateway({ faults: { flap: 1 } });
    for (let round = 0; round < 5; round += 1) expect(await (await connect(url)).closed).toMatchObject({ code: 1011 });
  });

  it('drop-replies: sends only the replies between', async () => {
    const client = await faulty({ 'drop-replies': 3 });
    for (let id = 1; id <= 7; id += 1) client.send({ jsonrpc: '2.0', id, method: 'system.version' });
    await client.next(({ id }) => id === 7);
    expect(answers(client).map((answer) => (isObject(answer) ? answer['id'] : answer))).toEqual([1, 2, 4, 5, 7]);
  });

  it('wrong-ids: answers with an id that nobody asked with, and keeps null', async () => {
    const client = await faulty({ 'wrong-ids': true });
    client.send({ jsonrpc: '2.0', id: 1, method: 'system.version' });
    client.send([{ jsonrpc: '2.0', id: 'two', method: 'system.version' }]);
    client.send('{');
    expect(await client.next(({ id }) => id === null)).toMatchObject({ error: { code: -32700 } });
    const bent = expect.stringMatching(/^nobody-asked-\d$/);
    expect(await client.next(({ result }) => result !== undefined)).toMatchObject({ id: bent });
    expect(await client.batch()).toMatchObject([{ id: bent, result: {} }]);
  });

  it('duplicate-replies: answers everything twice', async () => {
    const client = await faulty({ 'duplicate-replies': true });
    client.send({ jsonrpc: '2.0', id: 1, method: 'system.version' });
    await client.next(({ id }) => id === 1);
    expect(await client.next(({ id }) => id === 1)).toMatchObject({ result: {} });
  });

  it('slow-reply: answers late, and announces on time', async () => {
    const client = await faulty({ 'slow-reply': 300 });
    const began = performance.now();
    client.send({ jsonrpc: '2.0', id: 1, method: 'chat.send', params: { message: 'hi' } });
    await client.notification('chat.message_received');
    expect(answers(client)).toEqual([]);
    await client.next(({ id }) => id === 1);
    // The reply must never be earlier than the delay.
    expect(performance.now() - began).toBeGreaterThanOrEqual(295);
  });

  it('no-pong: answers requests but no pings', async () => {
    const client = await faulty({ 'no-pong': true });
    const rounds = (async () => {
      for (let round = 0; round < 5; round += 1) await client.call('system.health');
    })();
    expect(await pongs(client, rounds)).toBe(false);
  });

  it('pong-only: answers pings and no requests', async () => {
    const client = await faulty({ 'pong-only': true });
    client.send({ jsonrpc: '2.0', id: 1, method: 'system.health' });
    expect(await pongs(client, new Promise(() => undefined))).toBe(true);
    expect(answers(client)).toEqual([]);
  });

  it('garbage-frames: speaks nonsense between its words', async () => {
    const client = await faulty({ 'garbage-frames': true });
    expect(await client.call('system.health')).toMatchObject({ ok: true });
    expect(client.received).toEqual(
      expect.arrayContaining(['this is not JSON', '{"jsonrpc":"2.0","id":1,"resu', '<binary 6>', '[]']),
    );
    expect(client.received.filter((text) => text === 'this is not JSON')).toHaveLength(2);
  });

  it('huge-frame: sends one notification of exactly that size', async () => {
    const client = await faulty({ 'huge-frame': 3_000_000 });
    await client.notification('error');
    expect(client.received.map(({ length }) => length)).toContain(3_000_000);
    expect(await client.call('system.health')).toMatchObject({ ok: true });
  });

  it.each(['jsonrpc', 'openclaw'] as const)(
    'forgets-runs: keeps the message and knows no run (%s)',
    async (dialect) => {
      const { url } = await gateway({ dialect, faults: { 'forgets-runs': true } });
      const client = dialect === 'jsonrpc' ? await connect(url) : await openClawClient(url);
      const call = async (method: string, params: object): Promise<unknown> =>
        dialect === 'jsonrpc' ? client.call(method, params) : (await client.ask(method, params))['payload'];
      const sessionKey = 'agent:main:main';
      expect(await call('chat.send', { sessionKey, message: 'hello', idempotencyKey: 'k' })).toEqual({
        runId: 'k',
        status: 'started',
      });
      expect(await call('chat.abort', { sessionKey, runId: 'k' })).toMatchObject({ aborted: false, runIds: [] });
      expect(await call('chat.history', { sessionKey })).toMatchObject({ messages: [{ role: 'user' }] });
    },
  );

  it('event-flood: keeps the deltas coming, in both dialects', async () => {
    const { url } = await gateway({ dialect: 'both', faults: { 'event-flood': 5000 } });
    const [rpc, claw] = [await connect(url), await openClawClient(url)];
    await rpc.call('system.health');
    await rpc.notification('chat.message_received', ({ seq }) => Number(seq) > 1000);
    await claw.event('chat', ({ state, runId }) => state === 'delta' && runId === 'flood');
    expect(await rpc.call('system.health')).toMatchObject({ ok: true });
  });

  it('challenge-1013: is still starting, so many times', async () => {
    const { url } = await gateway({ dialect: 'openclaw', faults: { 'challenge-1013': 2 } });
    for (let round = 0; round < 2; round += 1) {
      const client = await connect(url);
      await client.event('connect.challenge');
      expect(await client.ask('connect', {})).toEqual({
        type: 'res',
        id: expect.any(String),
        ok: false,
        error: {
          code: 'UNAVAILABLE',
          message: 'gateway starting; retry shortly',
          retryable: true,
          retryAfterMs: 500,
          details: { reason: 'startup-sidecars' },
        },
      });
      expect(await client.closed).toEqual({ code: 1013, reason: 'gateway starting' });
    }
    expect(await (await openClawClient(url)).ask('health')).toMatchObject({ ok: true });
  });

  it('record: writes down what it carries out, and nothing that it answers from memory', async () => {
    const file = join(temporaryDirectory(), 'record');
    const client = await faulty({ record: file });
    const keyed = { jobId: 'keyed', idempotencyKey: 'k' };
    for (const params of [keyed, keyed, { jobId: 'plain' }]) await client.call('cron.delete', params);
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.map((line): unknown => JSON.parse(line))).toEqual(
      ['keyed', 'plain'].map((jobId) => ({ pid: process.pid, method: 'cron.delete', params: { jobId } })),
    );
  });

  it('health-html: answers HTTP with a page, and RPC as ever', async () => {
    const { url, port } = await gateway({ faults: { 'health-html': true } });
    const response = await fetch(`http://127.0.0.1:${port}/health`);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await response.text()).toMatch(/^<!doctype html>/);
    expect(await (await connect(url)).call('system.health')).toMatchObject({ ok: true });
  });
});
