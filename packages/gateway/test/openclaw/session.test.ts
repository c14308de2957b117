import { isObject } from '@deskclaw/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { Client, Frame } from '../harness/client.ts';
import { closeAll, connect, gateway, later } from '../harness/gateways.ts';
import { openClawClient } from '../harness/openclaw-client.ts';
import { startModelServer } from '../model-server.ts';

afterEach(closeAll);

const openclaw = { dialect: 'openclaw' } as const;

/** The chat and agent events of one run, up to the frame that fits. */
async function runEvents(
  client: Client,
  runId: string,
  isLast: (payload: Frame) => boolean,
): Promise<readonly Frame[]> {
  const frames: Frame[] = [];
  while (true) {
    const frame = await client.next(
      ({ event, payload }) =>
        (event === 'chat' || event === 'agent') && isObject(payload) && payload['runId'] === runId,
      'a run event',
    );
    frames.push(frame);
    if (isObject(frame['payload']) && isLast(frame['payload'])) return frames;
  }
}

/** Summarises a frame: event, stream or state, phase. */
function gist({ event, payload }: Frame): string {
  if (!isObject(payload)) return String(event);
  const data = isObject(payload['data']) ? payload['data'] : {};
  return [event, payload['state'] ?? payload['stream'], payload['phase'] ?? data['phase']]
    .filter((part) => part !== undefined)
    .join(' ');
}

describe('frames after the handshake', () => {
  it('numbers the events of each connection from 1 without gaps', async () => {
    const { url } = await gateway({ ...openclaw, tickIntervalMs: 20 });
    const first = await openClawClient(url);
    await first.event('tick');
    const second = await openClawClient(url);
    await second.ask('chat.send', { sessionKey: 'main', message: 'a b c', idempotencyKey: 'k' });
    for (const client of [first, second]) {
      await client.event('chat', ({ state }) => state === 'final');
      const seqs = client.received.flatMap((text) => {
        const frame: unknown = JSON.parse(text);
        return isObject(frame) && frame['type'] === 'event' && frame['event'] !== 'connect.challenge'
          ? [frame['seq']]
          : [];
      });
      expect(seqs).toEqual(seqs.map((_, index) => index + 1));
    }
  });

  it('answers an unknown method, a second connect and a frame without id as the real one does', async () => {
    const client = await openClawClient((await gateway(openclaw)).url);
    expect(await client.ask('no.such.method')).toEqual({
      type: 'res',
      id: expect.any(String),
      ok: false,
      error: { code: 'INVALID_REQUEST', message: 'unknown method: no.such.method' },
    });
    expect(await client.ask('connect')).toMatchObject({ ok: false, error: { code: 'INVALID_REQUEST' } });
    client.send({ type: 'req', method: 'health' });
    expect(await client.next(({ id }) => id === 'invalid')).toMatchObject({
      type: 'res',
      ok: false,
      error: { code: 'INVALID_REQUEST' },
    });
  });

  it('passes over what is not JSON', async () => {
    const client = await openClawClient((await gateway(openclaw)).url);
    client.send('garbage');
    client.socket.send(Buffer.from([1, 2, 3]), { binary: true });
    expect(await client.ask('health')).toMatchObject({ ok: true });
  });

  it('a session sends tick events', async () => {
    const client = await openClawClient((await gateway({ ...openclaw, tickIntervalMs: 10 })).url);
    const [one, two] = [await client.event('tick'), await client.event('tick')];
    expect(one).toMatchObject({ type: 'event', payload: { ts: expect.any(Number) } });
    expect(Number(two['seq'])).toBe(Number(one['seq']) + 1);
  });

  it('tells who comes and goes', async () => {
    const { url } = await gateway(openclaw);
    const first = await openClawClient(url);
    const second = await openClawClient(url);
    const came = await first.event('presence');
    expect(came['payload']).toMatchObject({
      presence: [{ mode: 'gateway' }, { mode: 'backend' }, { mode: 'backend' }],
    });
    expect(came['stateVersion']).toMatchObject({ presence: expect.any(Number) });
    await second.close();
    expect((await first.event('presence'))['payload']).toMatchObject({
      presence: [{ mode: 'gateway' }, { mode: 'backend' }],
    });
    expect(await first.ask('system-presence')).toMatchObject({ payload: [{ mode: 'gateway' }, { mode: 'backend' }] });
  });

  it('says goodbye: a shutdown event, then 1012', async () => {
    const started = await gateway(openclaw);
    const client = await openClawClient(started.url);
    await started.close();
    expect((await client.event('shutdown'))['payload']).toEqual({ reason: 'gateway stopping' });
    expect(await client.closed).toEqual({ code: 1012, reason: 'service restart' });
  });

  it('says when it will be back, and is, with another boot id', async () => {
    const started = await gateway(openclaw);
    const client = await openClawClient(started.url);
    await started.restart(1500);
    expect((await client.event('shutdown'))['payload']).toEqual({
      reason: 'gateway restarting',
      restartExpectedMs: 1500,
    });
    expect(await client.closed).toMatchObject({ code: 1012 });
    const again = await openClawClient(started.url);
    const bootIds = [client, again].map(({ received }) => /"bootId":"([^"]+)"/.exec(received.join('\n'))?.[1]);
    expect(bootIds).toEqual([expect.any(String), expect.any(String)]);
    expect(bootIds[0]).not.toBe(bootIds[1]);
  });
});

describe('scopes', () => {
  it('every method but health requires a scope', async () => {
    const client = await openClawClient((await gateway(openclaw)).url, []);
    expect(await client.ask('health')).toMatchObject({ ok: true });
    expect(await client.ask('chat.history', { sessionKey: 'main' })).toMatchObject({
      ok: false,
      error: {
        code: 'FORBIDDEN',
        message: 'missing scope: operator.read',
        details: { code: 'MISSING_SCOPE', missingScope: 'operator.read', requiredScopes: ['operator.read'] },
      },
    });
  });

  it('let a reader read and not write', async () => {
    const client = await openClawClient((await gateway(openclaw)).url, ['operator.read']);
    expect(await client.ask('chat.history', { sessionKey: 'main' })).toMatchObject({ ok: true });
    expect(await client.ask('chat.send', { sessionKey: 'main', message: 'x', idempotencyKey: 'k' })).toMatchObject({
      error: { details: { missingScope: 'operator.write' } },
    });
  });
});

describe('a chat run', () => {
  it('a chat run sends the events of OpenClaw 2026.9.6 in its order and shape', async () => {
    const client = await openClawClient((await gateway(openclaw)).url);
    const key = 'agent:main:main';
    expect(await client.ask('chat.send', { sessionKey: key, message: 'hi', idempotencyKey: 'run-1' })).toMatchObject({
      payload: { runId: 'run-1', status: 'started' },
    });
    const frames = await runEvents(client, 'run-1', ({ state }) => state === 'final');
    const gists = frames.map(gist);
    expect(gists.slice(0, 10)).toEqual([
      'chat status preparing_workspace',
      'agent run_status preparing_workspace',
      'chat status preparing_context',
      'agent run_status preparing_context',
      'agent lifecycle start',
      'chat status starting_model',
      'agent run_status starting_model',
      'agent lifecycle model',
      'agent assistant',
      'chat delta',
    ]);
    expect(gists.slice(-4)).toEqual([
      'agent lifecycle finishing',
      'agent lifecycle model',
      'agent lifecycle end',
      'chat final',
    ]);
    const payloads = frames.map(({ payload }) => payload);
    expect(payloads[0]).toEqual({
      runId: 'run-1',
      sessionKey: key,
      agentId: 'main',
      seq: 1,
      state: 'status',
      phase: 'preparing_workspace',
    });
    expect(payloads[4]).toEqual({
      runId: 'run-1',
      sessionKey: key,
      sessionId: expect.any(String),
      agentId: 'main',
      stream: 'lifecycle',
      data: { phase: 'start', startedAt: expect.any(Number) },
      seq: 3,
      ts: expect.any(Number),
      isHeartbeat: false,
    });
    expect(payloads[8]).toMatchObject({
      stream: 'assistant',
      seq: 6,
      data: { text: 'Echo', delta: 'Echo', itemId: expect.stringMatching(/:1$/) },
    });
    expect(payloads[9]).toEqual({
      runId: 'run-1',
      sessionKey: key,
      agentId: 'main',
      seq: 6,
      state: 'delta',
      deltaText: 'Echo',
      message: { role: 'assistant', content: [{ type: 'text', text: 'Echo' }], timestamp: expect.any(Number) },
    });
    expect(payloads.at(-2)).toMatchObject({
      data: { phase: 'end', stopReason: 'stop', terminalReply: { text: 'Echo (no model configured): hi' } },
    });
    expect(payloads.at(-1)).toEqual({
      runId: 'run-1',
      sessionKey: key,
      agentId: 'main',
      seq: expect.any(Number),
      state: 'final',
      stopReason: 'stop',
      message: {
        role: 'assistant',
        content: [{ type: 'text', text: 'Echo (no model configured): hi' }],
        timestamp: expect.any(Number),
      },
    });
  });

  it('chat.send with the same key joins the run: in flight, then ok', async () => {
    const client = await openClawClient((await gateway(openclaw)).url);
    const send = () => client.ask('chat.send', { sessionKey: 'main', message: 'hi', idempotencyKey: 'k' });
    expect(await send()).toMatchObject({ payload: { runId: 'k', status: 'started' } });
    expect(await send()).toMatchObject({ payload: { runId: 'k', status: 'in_flight' } });
    await client.event('chat', ({ state }) => state === 'final');
    expect(await send()).toMatchObject({ payload: { runId: 'k', status: 'ok' } });
  });

  it('chat.abort sends the chat event before its answer and the agent error last', async () => {
    const model = await startModelServer();
    later(() => model.close());
    const client = await openClawClient(
      (await gateway({ ...openclaw, model: { url: model.url, name: 'fake-1' } })).url,
    );
    await client.ask('chat.send', { sessionKey: 'main', message: '[stall]', idempotencyKey: 'k' });
    await client.event('chat', ({ state }) => state === 'delta');
    const answer = await client.ask('chat.abort', { sessionKey: 'agent:main:main', runId: 'k' });
    expect(answer).toMatchObject({ payload: { ok: true, aborted: true, runIds: ['k'] } });
    const frames = await runEvents(client, 'k', ({ data }) => isObject(data) && data['error'] !== undefined);
    const aborted = frames.findIndex(({ payload }) => isObject(payload) && payload['state'] === 'aborted');
    expect(frames.slice(aborted).map(gist)).toEqual([
      'chat aborted',
      'agent lifecycle end',
      'agent lifecycle model',
      'agent lifecycle error',
    ]);
    expect(frames[aborted]?.['payload']).toMatchObject({
      stopReason: 'rpc',
      message: { content: [{ text: expect.stringMatching(/^You/) }] },
    });
    expect(client.received.findIndex((text) => text.includes('"aborted","stopReason":"rpc"'))).toBeLessThan(
      client.received.findIndex((text) => text.includes('"runIds"')),
    );
    expect(await client.ask('chat.abort', { sessionKey: 'main' })).toMatchObject({
      payload: { ok: true, aborted: false, runIds: [] },
    });
  });

  it('fails as the real one does: a lifecycle error, and two chat errors', async () => {
    const model = await startModelServer();
    later(() => model.close());
    const client = await openClawClient(
      (await gateway({ ...openclaw, model: { url: model.url, name: 'fake-1' } })).url,
    );
    await client.ask('chat.send', { sessionKey: 'main', message: '[error 400]', idempotencyKey: 'k' });
    const frames = await runEvents(client, 'k', ({ errorMessage }) => String(errorMessage).startsWith('⚠️'));
    expect(frames.slice(-4).map(gist)).toEqual([
      'agent lifecycle model',
      'agent lifecycle error',
      'chat error',
      'chat error',
    ]);
    expect(frames.at(-2)?.['payload']).toMatchObject({
      errorMessage: expect.stringContaining('HTTP 400'),
      errorDetail: { provider: 'command-line', model: 'fake-1' },
    });
    expect(frames.at(-1)?.['payload']).toMatchObject({ seq: 1, state: 'error' });
    expect(frames.at(-1)?.['payload']).not.toHaveProperty('agentId');
  });

  it('needs a session', async () => {
    const client = await openClawClient((await gateway(openclaw)).url);
    expect(await client.ask('chat.send', { bogus: 1 })).toMatchObject({
      error: {
        code: 'INVALID_REQUEST',
        message: 'session mutation target is unavailable',
        details: { code: 'SESSION_MUTATION_TARGET_REQUIRED', method: 'chat.send' },
      },
    });
    expect(await client.ask('chat.send', { sessionKey: 'main', message: 'x' })).toMatchObject({
      error: {
        code: 'INVALID_REQUEST',
        message: "invalid chat.send params: must have required property 'idempotencyKey'",
      },
    });
  });

  it('chat.send rejects what it cannot do', async () => {
    const client = await openClawClient((await gateway(openclaw)).url);
    const send = { sessionKey: 'main', message: 'look', idempotencyKey: 'k', thinking: 'low', deliver: false };
    expect(await client.ask('chat.send', { ...send, attachments: [] })).toMatchObject({
      error: { message: "invalid chat.send params: at root: unexpected property 'attachments'" },
    });
    expect(await client.ask('chat.send', { ...send, agentId: 'other' })).toMatchObject({
      error: { code: 'INVALID_REQUEST' },
    });
    expect(await client.ask('chat.send', send)).toMatchObject({ payload: { status: 'started' } });
  });

  it('can be read page by page, from the newest', async () => {
    const client = await openClawClient((await gateway(openclaw)).url);
    for (const key of ['a', 'b']) {
      await client.ask('chat.send', { sessionKey: 'main', message: key, idempotencyKey: key });
      await client.event('chat', ({ state, runId }) => state === 'final' && runId === key);
    }
    const page = (offset: number) => client.ask('chat.history', { sessionKey: 'main', limit: 3, offset });
    expect(await page(0)).toMatchObject({
      payload: {
        messages: [{ __openclaw: { seq: 2 } }, { content: 'b' }, { role: 'assistant' }],
        hasMore: true,
        nextOffset: 3,
      },
    });
    expect(await page(3)).toMatchObject({
      payload: { messages: [{ content: 'a', __openclaw: { seq: 1 } }], hasMore: false },
    });
    expect(await page(9)).toMatchObject({ payload: { messages: [], hasMore: false } });
  });

  it('shows in the session it is of', async () => {
    const client = await openClawClient((await gateway(openclaw)).url);
    await client.ask('chat.send', { sessionKey: 'agent:main:work', message: 'hi', idempotencyKey: 'k' });
    expect(await client.ask('sessions.list', { limit: 10 })).toMatchObject({
      payload: {
        count: 1,
        hasMore: false,
        nextOffset: null,
        sessions: [{ key: 'agent:main:work', hasActiveRun: true, activeRunIds: ['k'] }],
      },
    });
    await client.event('chat', ({ state }) => state === 'final');
    expect(await client.ask('chat.history', { sessionKey: 'work', limit: 1 })).toMatchObject({
      payload: {
        sessionKey: 'work',
        hasMore: true,
        totalMessages: 2,
        messages: [{ role: 'assistant', content: [{ type: 'text' }], __openclaw: { runId: 'k', seq: 2 } }],
        sessionInfo: { hasActiveRun: false, activeRunIds: [] },
      },
    });
  });
});

describe('the other methods', () => {
  it('tell the truth about this gateway', async () => {
    const { url } = await gateway({ dialect: 'both' });
    const client = await openClawClient(url);
    const rpc = await connect(url);
    await rpc.call('cron.create', { name: 'morning', schedule: '0 7 * * *', message: 'wake up' });
    await rpc.call('system.updateConfig', { config: { theme: 'dark' } });
    const ask = async (method: string, params?: object): Promise<unknown> =>
      (await client.ask(method, params))['payload'];
    expect(await ask('health', { probe: true })).toMatchObject({
      ok: true,
      channelOrder: ['webchat', 'device'],
      defaultAgentId: 'main',
    });
    await client.event('health');
    expect(await ask('status')).toMatchObject({
      runtimeVersion: '0.2.0',
      processMemory: { rssBytes: expect.any(Number) },
    });
    expect(await ask('channels.status', { probe: false })).toMatchObject({
      channels: { webchat: { connected: true }, device: { connected: false } },
    });
    expect(await ask('models.list')).toMatchObject({ models: [{ id: 'echo', provider: 'builtin' }] });
    expect(await ask('agents.list')).toMatchObject({ defaultId: 'main', agents: [{ id: 'main' }] });
    expect(await ask('config.get')).toMatchObject({ parsed: { theme: 'dark' } });
    expect(await ask('cron.list', { includeDisabled: true })).toMatchObject({
      jobs: [{ name: 'morning', schedule: { kind: 'cron', expr: '0 7 * * *' } }],
      total: 1,
    });
    expect(await ask('cron.status')).toMatchObject({ enabled: true, jobs: 1 });
    expect(await ask('skills.status')).toMatchObject({
      skills: [{ skillKey: 'current-time', disabled: true }, { skillKey: 'concise' }],
    });
    expect(await ask('last-heartbeat')).toBeNull();
  });

  it('tail the log by cursor', async () => {
    const { url } = await gateway(openclaw);
    const client = await openClawClient(url);
    const first = await client.ask('logs.tail', { limit: 5 });
    expect(first).toMatchObject({ payload: { lines: [expect.stringContaining('connection 1 opened')], reset: false } });
    const cursor = isObject(first['payload']) ? first['payload']['cursor'] : undefined;
    expect(await client.ask('logs.tail', { cursor })).toMatchObject({
      payload: { lines: [], cursor, truncated: false },
    });
    await connect(url);
    expect(await client.ask('logs.tail', { cursor })).toMatchObject({
      payload: { lines: [expect.stringContaining('connection 2 opened')] },
    });
  });

  it('tell of a channel in a health event', async () => {
    const { url } = await gateway({ dialect: 'both' });
    const client = await openClawClient(url);
    await (await connect(url)).call('channels.disconnect', { channelId: 'webchat' });
    expect((await client.event('health'))['payload']).toMatchObject({ channels: { webchat: { connected: false } } });
    expect(await client.ask('chat.send', { sessionKey: 'main', message: 'x', idempotencyKey: 'k' })).toMatchObject({
      error: { code: 'FORBIDDEN' },
    });
  });
});
