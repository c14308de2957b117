import { builtinMethodNames } from '@deskclaw/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import { closeAll, connect, gateway } from '../harness/gateways.ts';

afterEach(closeAll);

describe('JSON-RPC 2.0 on the wire', () => {
  it('says at once, unasked, that it runs', async () => {
    const { url } = await gateway();
    const client = await connect(url);
    expect(await client.any()).toEqual({
      jsonrpc: '2.0',
      method: 'gateway.status_changed',
      params: { state: 'running' },
    });
  });

  it.each([[0], [-1], [1.5], [''], ['1'], ['ü ☃'], [null], [9_007_199_254_740_991]])(
    'answers a request with the very id %j',
    async (id) => {
      const client = await connect((await gateway()).url);
      client.send({ jsonrpc: '2.0', id, method: 'system.version' });
      expect(await client.next((frame) => 'result' in frame)).toMatchObject({ id, result: { version: '0.2.0' } });
    },
  );

  it('answers what is not JSON with a parse error and goes on', async () => {
    const client = await connect((await gateway()).url);
    client.send('{"jsonrpc": "2.0", "method": "foobar, "params": "bar", "baz]');
    expect(await client.next((frame) => 'error' in frame)).toMatchObject({ id: null, error: { code: -32700 } });
    expect(await client.call('system.health')).toMatchObject({ ok: true });
  });

  it('answers a frame of bytes with a parse error and goes on', async () => {
    const client = await connect((await gateway()).url);
    client.socket.send(Buffer.from('{"jsonrpc":"2.0","id":1,"method":"system.health"}'), { binary: true });
    expect(await client.next((frame) => 'error' in frame)).toMatchObject({ id: null, error: { code: -32700 } });
    expect(await client.call('system.health')).toMatchObject({ ok: true });
  });

  it.each<[string, unknown, unknown]>([
    ['a number', 1, null],
    ['text', 'hello', null],
    ['null', null, null],
    ['an empty object', {}, null],
    ['no version', { id: 7, method: 'system.health' }, 7],
    ['another version', { jsonrpc: '1.0', id: 'a', method: 'system.health' }, 'a'],
    ['a method that is a number', { jsonrpc: '2.0', id: 3, method: 1 }, 3],
    ['params that are text', { jsonrpc: '2.0', id: 3, method: 'system.health', params: 'bar' }, 3],
    ['params that are null', { jsonrpc: '2.0', id: 3, method: 'system.health', params: null }, 3],
    ['an id that is an object', { jsonrpc: '2.0', id: {}, method: 'system.health' }, null],
    ['an id that is true', { jsonrpc: '2.0', id: true, method: 'system.health' }, null],
  ])('refuses %s as an invalid request', async (_what, frame, id) => {
    const client = await connect((await gateway()).url);
    client.send(JSON.stringify(frame));
    expect(await client.next((answer) => 'error' in answer)).toMatchObject({ id, error: { code: -32600 } });
  });

  it('answers an unknown method with -32601', async () => {
    const client = await connect((await gateway()).url);
    expect(await client.refusal('foobar')).toMatchObject({ code: -32601, message: 'Method not found: foobar' });
    // Names of the prototype are no methods either.
    expect(await client.refusal('constructor')).toMatchObject({ code: -32601 });
    expect(await client.refusal('__proto__')).toMatchObject({ code: -32601 });
  });

  it('says where params are wrong', async () => {
    const client = await connect((await gateway()).url);
    expect(await client.refusal('chat.send', { message: 5 })).toEqual({
      code: -32602,
      message: 'chat.send: params/message must be text, is a number',
      data: { path: '/message', problem: 'must be text, is a number' },
    });
    expect(await client.refusal('chat.send', { mesage: 'x' })).toMatchObject({ data: { path: '/mesage' } });
    expect(await client.refusal('chat.send')).toMatchObject({ code: -32602, data: { path: '' } });
    expect(await client.refusal('chat.send', ['by position'])).toMatchObject({ code: -32602, data: { path: '' } });
    expect(await client.refusal('cron.update', { jobId: 'a', patch: { enabled: 'yes' } })).toMatchObject({
      data: { path: '/patch/enabled' },
    });
  });

  it('takes no params, {} and [] alike for a method that has none', async () => {
    const client = await connect((await gateway()).url);
    for (const params of [undefined, {}, []])
      expect(await client.call('channels.list', params)).toHaveProperty('channels');
    expect(await client.refusal('channels.list', { all: true })).toMatchObject({ code: -32602 });
  });

  it('answers no notification, not even a wrong one', async () => {
    const client = await connect((await gateway()).url);
    client.send({ jsonrpc: '2.0', method: 'system.health' });
    client.send({ jsonrpc: '2.0', method: 'no.such.method' });
    client.send({ jsonrpc: '2.0', method: 'chat.send', params: {} });
    await client.call('system.health');
    expect(client.received.filter((text) => text.includes('"result"') || text.includes('"error"'))).toHaveLength(1);
  });

  it('passes over responses that nobody waits for', async () => {
    const client = await connect((await gateway()).url);
    client.send({ jsonrpc: '2.0', id: 1, result: 19 });
    client.send({ jsonrpc: '2.0', id: 2, error: { code: 1, message: 'x' } });
    expect(await client.call('system.health')).toMatchObject({ ok: true });
    expect(client.received.filter((text) => text.includes('"error"'))).toHaveLength(0);
  });

  it('lists every method it has, and has every one it lists', async () => {
    const client = await connect((await gateway()).url);
    const { methods } = await client.call('system.methods');
    expect(methods).toEqual(expect.arrayContaining([...builtinMethodNames, 'auth.login']));
    for (const method of builtinMethodNames) {
      const { error } = await client.request(method, { no: 'such parameter' });
      expect(error, method).toMatchObject({ code: -32602 });
    }
  });
});

describe('batches', () => {
  it('answers the specification example', async () => {
    const client = await connect((await gateway()).url);
    await client.any();
    client.send([
      { jsonrpc: '2.0', method: 'system.version', id: '1' },
      { jsonrpc: '2.0', method: 'notify_hello', params: [7] },
      { foo: 'boo' },
      { jsonrpc: '2.0', method: 'foo.get', params: { name: 'myself' }, id: '5' },
      { jsonrpc: '2.0', method: 'system.health', id: '9' },
    ]);
    expect(await client.any()).toEqual([
      expect.objectContaining({ id: '1', result: expect.anything() }),
      expect.objectContaining({ id: null, error: expect.objectContaining({ code: -32600 }) }),
      expect.objectContaining({ id: '5', error: expect.objectContaining({ code: -32601 }) }),
      expect.objectContaining({ id: '9', result: expect.anything() }),
    ]);
  });

  it('answers an empty batch with one error, [1,2,3] with three, and notifications with nothing', async () => {
    const client = await connect((await gateway()).url);
    await client.any();
    client.send('[]');
    expect(await client.any()).toMatchObject({ id: null, error: { code: -32600 } });
    client.send('[1,2,3]');
    const invalid = expect.objectContaining({ id: null, error: expect.objectContaining({ code: -32600 }) });
    expect(await client.any()).toEqual([invalid, invalid, invalid]);
    client.send([
      { jsonrpc: '2.0', method: 'notify_sum' },
      { jsonrpc: '2.0', method: 'notify_hello' },
    ]);
    await client.call('system.health');
    expect(client.received).toHaveLength(4);
  });

  it('refuses a batch without end', async () => {
    const client = await connect((await gateway()).url);
    client.send(Array.from({ length: 1001 }, (_, id) => ({ jsonrpc: '2.0', id, method: 'system.version' })));
    expect(await client.next((frame) => 'error' in frame)).toMatchObject({ id: null, error: { code: -32600 } });
  });
});

describe('the token', () => {
  const token = 'correct horse battery staple';

  it('a session requires the token before any other request', async () => {
    const client = await connect((await gateway({ token })).url);
    expect(await client.refusal('system.health')).toMatchObject({ code: -32002 });
    expect(await client.call('auth.login', { token })).toEqual({ ok: true });
    expect(await client.call('system.health')).toMatchObject({ ok: true });
  });

  it('lets a batch log in with its first member', async () => {
    const client = await connect((await gateway({ token })).url);
    client.send([
      { jsonrpc: '2.0', id: 1, method: 'auth.login', params: { token } },
      { jsonrpc: '2.0', id: 2, method: 'system.version' },
    ]);
    await client.any();
    expect(await client.any()).toMatchObject([
      { id: 1, result: { ok: true } },
      { id: 2, result: { protocol: 1 } },
    ]);
  });

  it('a wrong token is rejected and closes the connection with 4401', async () => {
    const client = await connect((await gateway({ token })).url);
    expect(await client.refusal('auth.login', { token: `${token}!` })).toMatchObject({ code: -32002 });
    expect(await client.closed).toEqual({ code: 4401, reason: 'wrong token' });
  });

  it('the token is accepted in the upgrade request', async () => {
    const { url } = await gateway({ token });
    const client = await connect(url, { headers: { authorization: `Bearer ${token}` } });
    expect(await client.call('system.health')).toMatchObject({ ok: true });
    await expect(connect(url, { headers: { authorization: 'Bearer wrong' } })).rejects.toThrow('401');
  });

  it('keeps chats from those who have not shown it', async () => {
    const { url } = await gateway({ token });
    const [member, stranger] = [await connect(url), await connect(url)];
    await member.call('auth.login', { token });
    await member.call('chat.send', { message: 'secret words' });
    await member.notification('chat.message_received', ({ state }) => state === 'final');
    await stranger.refusal('system.health');
    expect(stranger.received.join('\n')).not.toContain('secret words');
  });

  it('without one, auth.login is a courtesy', async () => {
    const client = await connect((await gateway()).url);
    expect(await client.call('auth.login', { token: 'anything' })).toEqual({ ok: true });
  });
});

describe('going away', () => {
  it('announces a stop and closes with 1001', async () => {
    const started = await gateway();
    const client = await connect(started.url);
    await started.close();
    expect(await client.notification('gateway.status_changed', ({ state }) => state === 'stopping')).toEqual({
      state: 'stopping',
      reason: 'gateway stopping',
    });
    expect(await client.closed).toEqual({ code: 1001, reason: 'gateway stopping' });
  });

  it('announces a restart, closes with 1012, and is back on the same port with the same state', async () => {
    const started = await gateway();
    const client = await connect(started.url);
    await client.call('system.updateConfig', { config: { colour: 'green' } });
    await started.restart(250);
    expect(await client.notification('gateway.status_changed', ({ state }) => state === 'stopping')).toMatchObject({
      restartExpectedMs: 250,
    });
    expect(await client.closed).toMatchObject({ code: 1012 });
    const again = await connect(started.url);
    expect(await again.call('system.config')).toEqual({ config: { colour: 'green' } });
  });

  it('ends a peer that does not answer the close', async () => {
    const started = await gateway();
    const client = await connect(started.url);
    client.socket.pause();
    await started.close();
    client.socket.terminate();
    await expect(connect(started.url)).rejects.toThrow('ECONNREFUSED');
  });
});

describe('a gateway that is going away', () => {
  it('takes no more messages, and takes them again after a restart', async () => {
    const started = await gateway();
    const client = await connect(started.url);
    client.socket.pause();
    const restarted = started.restart(10);
    client.send({
      jsonrpc: '2.0',
      id: 'late',
      method: 'chat.send',
      params: { message: 'too late', idempotencyKey: 'late' },
    });
    await restarted;
    client.socket.resume();
    await client.closed;
    const again = await connect(started.url);
    expect(await again.call('chat.history')).toMatchObject({ messages: [] });
    expect(await again.call('chat.send', { message: 'in time' })).toMatchObject({ status: 'started' });
  });

  it('a gateway closed during a restart stays closed', async () => {
    const started = await gateway();
    const client = await connect(started.url);
    client.socket.pause();
    const restarted = started.restart(10);
    await started.close();
    await restarted;
    client.socket.terminate();
    await expect(connect(started.url)).rejects.toThrow('ECONNREFUSED');
  });
});
