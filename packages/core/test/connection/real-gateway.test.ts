import { describe, expect, test } from 'vitest';
import { dial, dialReady, faults, next, serve } from './real.ts';

describe('the built-in gateway', () => {
  test.each([
    ['jsonrpc', 'jsonrpc', undefined],
    ['jsonrpc', 'auto', undefined],
    ['jsonrpc', 'jsonrpc', 'T'],
    ['openclaw', 'openclaw', 'T'],
    ['openclaw', 'auto', 'T'],
    ['both', 'openclaw', 'T'],
    ['both', 'jsonrpc', 'T'],
  ] as const)('speaking %s lets in who was told %s with token %s', async (spoken, reported, token) => {
    const gateway = await serve({ dialect: spoken, ...(token === undefined ? {} : { token }) });
    const connection = await dialReady(gateway.url, {
      dialect: reported,
      ...(token === undefined ? {} : { auth: { token } }),
    });
    const method = connection.session?.dialect === 'openclaw' ? 'health' : 'system.health';
    expect(await connection.request<string>(method)).toMatchObject({ ok: true });
    expect(connection.session?.version).toMatch(/^\d/);
    expect(await connection.probe()).toBeGreaterThan(0);
  });

  test.each(['jsonrpc', 'openclaw'] as const)('speaking %s refuses a wrong token, and that pauses', async (dialect) => {
    const gateway = await serve({ dialect, token: 'right' });
    const connection = dial(gateway.url, { dialect, auth: { token: 'wrong' } });
    connection.connect();
    await expect(connection.whenReady()).rejects.toMatchObject({ code: 'auth.token-mismatch' });
    expect(connection.state.name).toBe('paused');
  });

  test.each(['jsonrpc', 'openclaw'] as const)('speaking %s asks for a token where none is brought', async (dialect) => {
    const gateway = await serve({ dialect, token: 'right' });
    const connection = dial(gateway.url, { dialect });
    connection.connect();
    await expect(connection.whenReady()).rejects.toMatchObject({ code: 'auth.token-missing' });
  });

  test('a method that the gateway does not offer rejects with the version of the gateway', async () => {
    const gateway = await serve({ dialect: 'openclaw' });
    const connection = await dialReady(gateway.url, { dialect: 'openclaw' });
    const refused = connection.request('skills.bundles');
    await expect(refused).rejects.toMatchObject({ code: 'method.not-offered', outcome: 'answered' });
    await expect(refused).rejects.toThrow(`(version ${String(connection.session?.version)})`);
    expect(await connection.request('health')).toMatchObject({ ok: true });
  });

  test('a gateway that lists no methods still gets requests', async () => {
    const connection = await dialReady((await serve()).url, { dialect: 'jsonrpc' });
    const refused = connection.request('no.such.method');
    await expect(refused).rejects.toMatchObject({ code: 'method.not-offered', outcome: 'answered' });
  });

  test('the built-in gateway streams a chat', async () => {
    const connection = await dialReady((await serve()).url, { dialect: 'jsonrpc' });
    const stream = connection.events('notification');
    const { runId } = await connection.request('chat.send', { message: 'hello' }, { idempotencyKey: 'run-1' });
    expect(runId).toBe('run-1');
    for await (const { method, params } of stream) {
      if (method === 'chat.message_received' && isFinal(params)) break;
    }
    const { messages } = await connection.request('chat.history', {});
    expect(messages.map(({ role }) => role)).toEqual(['user', 'assistant']);
  });

  test('an announced restart is waited for, and a request with a key takes effect once across it', async () => {
    const gateway = await serve({ faults: faults('slow-reply=300') });
    const connection = await dialReady(gateway.url, { dialect: 'jsonrpc', handshakeTimeoutMs: 5_000 });
    const ended = next(connection, 'ended');
    const reply = connection.request('chat.send', { message: 'once' }, { idempotencyKey: 'run-1' });
    // The gateway took it and is slow to say so: the answer is lost with the connection.
    await new Promise<void>((resolve) => {
      connection.on('notification', ({ method }) => {
        if (method === 'chat.message_sent') resolve();
      });
    });
    await gateway.restart(50);
    expect(await ended).toMatchObject({ notice: { restartExpectedMs: 50 }, close: { code: 1012 } });
    expect(await reply).toMatchObject({ runId: 'run-1' });
    expect(connection.snapshot().counters.resent).toBe(1);
    const { messages } = await connection.request('chat.history', {});
    expect(messages.filter(({ role, text }) => role === 'user' && text === 'once')).toHaveLength(1);
  });
});

describe('a gateway that misbehaves', () => {
  async function against(fault: string, dialect: 'jsonrpc' | 'openclaw' = 'jsonrpc') {
    const gateway = await serve({ dialect, faults: faults(fault) });
    return dialReady(gateway.url, { dialect });
  }

  test('frames that are no messages are counted, and every request is answered', async () => {
    const connection = await against('garbage-frames');
    const replies = await Promise.all(Array.from({ length: 20 }, () => connection.request('system.health')));
    expect(replies.every(({ ok }) => ok)).toBe(true);
    expect(connection.snapshot().counters.invalidFrames).toBeGreaterThan(0);
  });

  test('the second of two answers is dropped', async () => {
    const connection = await against('duplicate-replies');
    await Promise.all(Array.from({ length: 10 }, () => connection.request('system.health')));
    await connection.request('system.version');
    expect(connection.snapshot().counters).toMatchObject({ results: 11, duplicateReplies: expect.any(Number) });
    expect(connection.snapshot().counters.duplicateReplies).toBeGreaterThanOrEqual(10);
  });

  test('each request whose answer is lost times out by itself', async () => {
    const connection = await against('drop-replies=every=3');
    const replies = await Promise.allSettled(
      Array.from({ length: 9 }, () => connection.request('system.version', undefined, { timeoutMs: 300 })),
    );
    const failed = replies.filter(({ status }) => status === 'rejected');
    expect(failed).toHaveLength(3);
    for (const reply of failed)
      expect(reply).toMatchObject({ reason: { code: 'request.timeout', outcome: 'unknown' } });
  });

  test('requests are answered during an event flood, and the reader keeps the newest events', async () => {
    const connection = await against('event-flood=20000');
    const stream = connection.events('notification', { capacity: 100 });
    for (let i = 0; i < 20; i += 1) await connection.request('system.version');
    await expect.poll(() => stream.dropped).toBeGreaterThan(100);
    expect((await stream.next()).done).toBe(false);
    await stream.return();
  });

  test('a message that is too large ends the connection with the reason, and it comes back', async () => {
    const gateway = await serve({ faults: faults('huge-frame=300000') });
    const connection = dial(gateway.url, { dialect: 'jsonrpc', maxPayload: 200_000 });
    const ended = next(connection, 'ended');
    connection.connect();
    expect(await ended).toMatchObject({
      failure: { problem: { code: 'connection.lost' } },
      close: { failure: { kind: 'too-large' } },
    });
  });

  test('a flapping gateway spends the retry budget', async () => {
    const gateway = await serve({ faults: faults('flap=30') });
    const reconnect = { baseDelayMs: 5, maxDelayMs: 20, maxAttempts: 4, stableAfterMs: 5_000 };
    const connection = dial(gateway.url, { dialect: 'jsonrpc', reconnect });
    connection.connect();
    await new Promise<void>(
      (resolve) => void connection.on('transition', ({ to }) => to.name === 'exhausted' && resolve()),
    );
    expect(connection.snapshot().counters.attempts).toBe(5);
  });

  test('a gateway without pongs is reported, answers the probe, and keeps its connection', async () => {
    const connection = await against('no-pong');
    await next(connection, 'unresponsive');
    await next(connection, 'responsive');
    expect(connection.state.name).toBe('ready');
    expect(connection.snapshot().counters.sessions).toBe(1);
  });

  test('a slowly starting OpenClaw is retried after the delay that it names', async () => {
    const gateway = await serve({ dialect: 'openclaw', faults: faults('challenge-1013=3') });
    const connection = dial(gateway.url, { dialect: 'openclaw' });
    const verdicts: string[] = [];
    connection.on('ended', ({ failure }) =>
      verdicts.push(`${failure.verdict.kind} ${String('progress' in failure.verdict && failure.verdict.progress)}`),
    );
    connection.connect('booting');
    await connection.whenReady();
    expect(verdicts).toEqual(['retry-after true', 'retry-after true', 'retry-after true']);
  });

  test('a gateway with a newer (OpenClaw) or older protocol pauses with a mismatch', async () => {
    const gateway = await serve({ dialect: 'openclaw', faults: faults('openclaw-protocol=3') });
    const connection = await dialReady(gateway.url, { dialect: 'openclaw' });
    expect(connection.session?.protocol).toBe(3);
  });

  test('a close code is followed by what the close policy says', async () => {
    const gateway = await serve({ faults: faults('close=4401:50') });
    const connection = await dialReady(gateway.url, { dialect: 'jsonrpc' });
    const ended = next(connection, 'ended');
    expect(await ended).toMatchObject({ close: { code: 4401 }, failure: { verdict: { kind: 'pause' } } });
    expect(connection.state.name).toBe('paused');
  });
});

function isFinal(params: unknown): boolean {
  return typeof params === 'object' && params !== null && 'state' in params && params.state === 'final';
}
