import { createHash, generateKeyPairSync, sign } from 'node:crypto';
import { isConnectChallenge, isHelloOk } from '@deskclaw/protocol';
import { afterEach, describe, expect, it } from 'vitest';
import type { Client, Frame } from '../harness/client.ts';
import { closeAll, connect, gateway, temporaryDirectory } from '../harness/gateways.ts';

afterEach(closeAll);

const scopes = ['operator.admin', 'operator.read', 'operator.write'];
const backend = { id: 'gateway-client', version: '1.0.0', platform: 'linux', mode: 'backend' };
const params = (more: object = {}): Frame => ({
  minProtocol: 3,
  maxProtocol: 4,
  client: backend,
  role: 'operator',
  scopes,
  caps: [],
  ...more,
});

async function greet(url: string, connectParams: object): Promise<{ client: Client; answer: Frame }> {
  const client = await connect(url);
  await client.event('connect.challenge');
  return { client, answer: await client.ask('connect', connectParams) };
}

const openclaw = { dialect: 'openclaw', token: 'right-token' } as const;
const auth = { token: 'right-token' };

describe('the OpenClaw handshake', () => {
  it('ends in a hello-ok that a client can act on', async () => {
    const { url } = await gateway({ ...openclaw, maxPayload: 2 ** 20, tickIntervalMs: 5000 });
    const { answer } = await greet(url, params({ auth }));
    const { payload } = answer;
    if (!isHelloOk(payload)) throw new Error(JSON.stringify(answer));
    expect(payload).toMatchObject({
      protocol: 4,
      server: { version: '0.2.0', connId: expect.any(String), bootId: expect.any(String) },
      auth: { role: 'operator', scopes },
      policy: { maxPayload: 2 ** 20, maxBufferedBytes: 2 ** 21, tickIntervalMs: 5000 },
      snapshot: {
        health: { ok: true },
        stateVersion: { presence: expect.any(Number), health: expect.any(Number) },
        uptimeMs: expect.any(Number),
        sessionDefaults: { mainSessionKey: 'agent:main:main' },
        authMode: 'token',
      },
    });
    expect(payload.features.events).toEqual(expect.arrayContaining(['chat', 'agent', 'tick', 'shutdown']));
  });

  it('offers only methods it has', async () => {
    const { client, answer } = await greet((await gateway(openclaw)).url, params({ auth }));
    if (!isHelloOk(answer['payload'])) throw new Error('no hello');
    const { methods } = answer['payload'].features;
    expect(methods.length).toBeGreaterThan(10);
    for (const method of methods) {
      const { error } = await client.ask(method, { noSuchParameter: 1 });
      expect(error, method).toMatchObject({ code: 'INVALID_REQUEST' });
      expect(error, method).not.toMatchObject({ message: expect.stringContaining('unknown method') });
    }
  });

  const refusals: readonly [string, object, object, number][] = [
    [
      'a wrong token',
      params({ auth: { token: 'wrong' } }),
      { code: 'INVALID_REQUEST', details: { code: 'AUTH_TOKEN_MISMATCH', canRetryWithDeviceToken: false } },
      1008,
    ],
    [
      'no token',
      params(),
      { code: 'NOT_PAIRED', message: 'device identity required', details: { code: 'DEVICE_IDENTITY_REQUIRED' } },
      1008,
    ],
    [
      'an older protocol',
      params({ auth, minProtocol: 3, maxProtocol: 3 }),
      {
        code: 'INVALID_REQUEST',
        message: 'protocol mismatch',
        details: {
          code: 'PROTOCOL_MISMATCH',
          clientMinProtocol: 3,
          clientMaxProtocol: 3,
          expectedProtocol: 4,
          minimumProbeProtocol: 3,
        },
      },
      1002,
    ],
    [
      'a newer protocol',
      params({ auth, minProtocol: 5, maxProtocol: 99 }),
      { details: { code: 'PROTOCOL_MISMATCH' } },
      1002,
    ],
    [
      'an unknown client',
      params({ auth, client: { ...backend, id: 'my-client' } }),
      {
        code: 'INVALID_REQUEST',
        message: 'invalid connect params: at /client/id: must be equal to one of the allowed values',
      },
      1008,
    ],
    [
      'an unknown mode',
      params({ auth, client: { ...backend, mode: 'operator' } }),
      { message: 'invalid connect params: at /client/mode: must be equal to one of the allowed values' },
      1008,
    ],
    [
      'no client',
      { minProtocol: 3, maxProtocol: 4 },
      { message: "invalid connect params: must have required property 'client'" },
      1008,
    ],
    [
      'an extra param',
      params({ auth, extraThing: 1 }),
      { message: "invalid connect params: at root: unexpected property 'extraThing'" },
      1008,
    ],
    [
      'a device without nonce',
      params({ auth, device: { id: 'a', publicKey: 'b', signature: 'c', signedAt: 1 } }),
      { message: "invalid connect params: at /device: must have required property 'nonce'" },
      1008,
    ],
    ['an unknown role', params({ auth, role: 'king' }), { code: 'INVALID_REQUEST', message: 'invalid role' }, 1008],
    [
      'a node without device',
      params({ auth, role: 'node' }),
      { code: 'NOT_PAIRED', details: { code: 'DEVICE_IDENTITY_REQUIRED' } },
      1008,
    ],
    [
      'the terminal UI without device',
      params({ auth, client: { ...backend, id: 'openclaw-tui', mode: 'ui' } }),
      { details: { code: 'CONTROL_UI_DEVICE_IDENTITY_REQUIRED' } },
      1008,
    ],
    [
      'the control UI without origin',
      params({ auth, client: { ...backend, id: 'openclaw-control-ui', mode: 'webchat' } }),
      { details: { code: 'CONTROL_UI_ORIGIN_NOT_ALLOWED' } },
      1008,
    ],
  ];
  it.each(refusals)('the handshake rejects %s', async (_what, connectParams, error, code) => {
    const { client, answer } = await greet((await gateway(openclaw)).url, connectParams);
    expect(answer).toMatchObject({ type: 'res', ok: false, error });
    expect((await client.closed).code).toBe(code);
  });

  const admissions: readonly [string, object, readonly string[]][] = [
    ['gateway-client/backend the scopes it asks for', params({ auth }), scopes],
    ['cli/cli the scopes it asks for', params({ auth, client: { ...backend, id: 'cli', mode: 'cli' } }), scopes],
    ['a token sent as password the same', params({ auth: { password: 'right-token' } }), scopes],
    [
      'an unknown scope as well',
      params({ auth, scopes: ['operator.read', 'operator.bogus'] }),
      ['operator.read', 'operator.bogus'],
    ],
    ['nothing to who asks for nothing', params({ auth, scopes: undefined }), []],
    ['nothing to a probe', params({ auth, client: { ...backend, id: 'openclaw-probe', mode: 'probe' } }), []],
    ['a wide protocol range its due', params({ auth, minProtocol: 4, maxProtocol: 99 }), scopes],
  ];
  it.each(admissions)('the handshake gives %s', async (_what, connectParams, expected) => {
    const { answer } = await greet((await gateway(openclaw)).url, connectParams);
    expect(answer).toMatchObject({ ok: true, payload: { auth: { scopes: expected } } });
  });

  it('answers wrong tokens later each time, and a right one still at once', async () => {
    const { url } = await gateway(openclaw);
    const took: number[] = [];
    for (let guess = 0; guess < 2; guess += 1) {
      const began = performance.now();
      const { client } = await greet(url, params({ auth: { token: `guess ${guess}` } }));
      await client.closed;
      took.push(performance.now() - began);
    }
    // The delays are the behaviour here: 250 ms, then 500 ms.
    expect(took[0]).toBeGreaterThanOrEqual(245);
    expect(took[1]).toBeGreaterThanOrEqual(495);
    expect((await greet(url, params({ auth }))).answer).toMatchObject({ ok: true });
  });

  it.each<[string, string, number, string]>([
    ['is not JSON', 'hello', 1000, ''],
    ['is an event', '{"type":"event","event":"x"}', 1008, 'invalid request frame'],
    ['is JSON-RPC', '{"jsonrpc":"2.0","id":1,"method":"system.health"}', 1008, 'invalid request frame'],
    [
      'is above 64 KiB',
      JSON.stringify({ type: 'req', id: '1', method: 'connect', params: { x: 'x'.repeat(70_000) } }),
      1009,
      '',
    ],
  ])('closes when the first frame %s', async (_what, frame, code, reason) => {
    const client = await connect((await gateway(openclaw)).url);
    client.send(frame);
    expect(await client.closed).toEqual({ code, reason });
  });

  it('answers and closes when the first request is not connect', async () => {
    const client = await connect((await gateway(openclaw)).url);
    expect(await client.ask('health')).toMatchObject({
      ok: false,
      error: { message: 'invalid handshake: first request must be connect' },
    });
    expect((await client.closed).code).toBe(1008);
  });
});

describe('a device', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32);
  const deviceId = createHash('sha256').update(raw).digest('hex');
  const client = { id: 'openclaw-linux', version: '1.0.0', platform: 'Linux', mode: 'ui' };

  interface Signing {
    readonly version?: 'v2' | 'v3';
    readonly token?: string;
    readonly deviceToken?: string;
    readonly spoil?: object;
    readonly platform?: string;
    readonly asked?: readonly string[];
    readonly mode?: string;
  }

  async function greetSigned(url: string, how: Signing = {}): Promise<{ client: Client; answer: Frame }> {
    const socket = await connect(url);
    const { payload } = await socket.event('connect.challenge');
    if (!isConnectChallenge(payload)) throw new Error('no challenge');
    const { nonce, ts } = payload;
    const {
      version = 'v3',
      token,
      deviceToken,
      platform = client.platform,
      asked = ['operator.read'],
      mode = client.mode,
    } = how;
    const signed = [
      version,
      deviceId,
      client.id,
      mode,
      'operator',
      asked.join(','),
      ts,
      token ?? deviceToken ?? '',
      nonce,
    ];
    const text = [...signed, ...(version === 'v3' ? [platform.toLowerCase(), ''] : [])].join('|');
    const device = {
      id: deviceId,
      publicKey: raw.toString('base64url'),
      signature: sign(null, Buffer.from(text), privateKey).toString('base64url'),
      signedAt: ts,
      nonce,
      ...how.spoil,
    };
    const secrets = {
      ...(token === undefined ? {} : { token }),
      ...(deviceToken === undefined ? {} : { deviceToken }),
    };
    const request = params({ client: { ...client, platform, mode }, scopes: asked, device, auth: secrets });
    return { client: socket, answer: await socket.ask('connect', request) };
  }
  const tokenOf = ({ payload }: Frame): string => {
    if (!isHelloOk(payload) || payload.auth?.deviceToken === undefined) throw new Error('no device token');
    return payload.auth.deviceToken;
  };

  it.each(['v2', 'v3'] as const)(
    'a device is accepted by its signature (%s) and gets its own lasting token',
    async (version) => {
      const { url } = await gateway(openclaw);
      const { answer } = await greetSigned(url, { version, token: 'right-token' });
      expect(answer).toMatchObject({ ok: true, payload: { auth: { scopes: ['operator.read'] } } });
      const deviceToken = tokenOf(answer);
      expect(deviceToken.length).toBeGreaterThan(32);
      expect((await greetSigned(url, { deviceToken })).answer).toMatchObject({ ok: true });
      expect((await greetSigned(url, { token: deviceToken })).answer).toMatchObject({ ok: true });
      expect((await greetSigned(url, { token: 'right-token', mode: 'backend' })).answer).not.toHaveProperty(
        'payload.auth.deviceToken',
      );
    },
  );

  it('a device is still known after a restart of the gateway', async () => {
    const dataDirectory = temporaryDirectory();
    const first = await gateway({ ...openclaw, dataDirectory });
    const deviceToken = tokenOf((await greetSigned(first.url, { token: 'right-token' })).answer);
    await first.close();
    const second = await gateway({ ...openclaw, dataDirectory });
    expect((await greetSigned(second.url, { deviceToken })).answer).toMatchObject({ ok: true });
  });

  it.each<[string, Signing, string]>([
    ['another nonce', { token: 'right-token', spoil: { nonce: 'other' } }, 'DEVICE_AUTH_NONCE_MISMATCH'],
    ['an old signature', { token: 'right-token', spoil: { signedAt: 1000 } }, 'DEVICE_AUTH_SIGNATURE_EXPIRED'],
    ['another id', { token: 'right-token', spoil: { id: 'f'.repeat(64) } }, 'DEVICE_AUTH_DEVICE_ID_MISMATCH'],
    ['a key that is none', { token: 'right-token', spoil: { publicKey: 'AAAA' } }, 'DEVICE_AUTH_DEVICE_ID_MISMATCH'],
    [
      'a signature of something else',
      { token: 'right-token', spoil: { signature: Buffer.alloc(64).toString('base64url') } },
      'DEVICE_AUTH_SIGNATURE_INVALID',
    ],
    ['no token at all', {}, 'AUTH_TOKEN_MISSING'],
    ['a wrong token', { token: 'wrong' }, 'AUTH_TOKEN_MISMATCH'],
    ['a wrong device token', { deviceToken: 'wrong' }, 'AUTH_DEVICE_TOKEN_MISMATCH'],
  ])('a device is rejected with %s', async (_what, how, code) => {
    const { client: socket, answer } = await greetSigned((await gateway(openclaw)).url, how);
    expect(answer).toMatchObject({ ok: false, error: { code: 'INVALID_REQUEST', details: { code } } });
    expect((await socket.closed).code).toBe(1008);
  });

  it('must be approved again when it is on another platform', async () => {
    const { url } = await gateway(openclaw);
    await greetSigned(url, { token: 'right-token' });
    expect((await greetSigned(url, { token: 'right-token', platform: 'darwin' })).answer).toMatchObject({
      error: { code: 'NOT_PAIRED', details: { code: 'PAIRING_REQUIRED', reason: 'metadata-upgrade', deviceId } },
    });
  });
});

describe('protocol 3', () => {
  const v3 = { ...openclaw, faults: { 'openclaw-protocol': '3' } } as const;

  it('greets as 2026.2 did', async () => {
    const { answer } = await greet((await gateway(v3)).url, params({ auth }));
    expect(answer).toMatchObject({ ok: true, payload: { protocol: 3, server: { version: 'dev' } } });
    expect(answer['payload']).not.toHaveProperty('auth');
  });

  it('explains a wrong token in words only, and a wrong version as it did', async () => {
    const { url } = await gateway(v3);
    const wrong = (await greet(url, params({ auth: { token: 'no' } }))).answer['error'];
    expect(wrong).toEqual({ code: 'INVALID_REQUEST', message: expect.stringContaining('gateway token mismatch') });
    expect((await greet(url, params({ auth, minProtocol: 4 }))).answer).toMatchObject({
      error: { message: 'protocol mismatch', details: { expectedProtocol: 3 } },
    });
  });

  it('numbers events for all connections together', async () => {
    const { url } = await gateway(v3);
    const { client: one } = await greet(url, params({ auth }));
    const { client: two } = await greet(url, params({ auth }));
    await one.ask('chat.send', { sessionKey: 'main', message: 'hi', idempotencyKey: 'k' });
    const last = [one, two].map((client) => client.event('chat', ({ state }) => state === 'final'));
    const [a, b] = await Promise.all(last);
    expect(a?.['seq']).not.toBe(b?.['seq']);
    expect((await one.event('chat', ({ state }) => state === 'delta'))['payload']).not.toHaveProperty('deltaText');
  });
});

describe('a gateway that speaks both', () => {
  it('greets as OpenClaw and lets the first frame decide', async () => {
    const { url } = await gateway({ dialect: 'both', token: 'right-token' });
    const { answer } = await greet(url, params({ auth }));
    expect(answer).toMatchObject({ ok: true });
    const rpc = await connect(url);
    await rpc.event('connect.challenge');
    expect(await rpc.call('auth.login', auth)).toEqual({ ok: true });
    expect(await rpc.notification('gateway.status_changed')).toEqual({ state: 'running' });
    expect(await rpc.call('system.health')).toMatchObject({ ok: true });
    const batch = await connect(url);
    batch.send([{ jsonrpc: '2.0', id: 1, method: 'auth.login', params: auth }]);
    expect(await batch.batch()).toMatchObject([{ id: 1, result: { ok: true } }]);
    const garbage = await connect(url);
    garbage.send('{"type":');
    expect(await garbage.next((frame) => 'error' in frame)).toMatchObject({ error: { code: -32700 } });
  });

  it('shows each dialect the same chat', async () => {
    const { url } = await gateway({ dialect: 'both' });
    const { client: claw } = await greet(url, params());
    const rpc = await connect(url);
    await rpc.call('chat.send', { message: 'across', idempotencyKey: 'k' });
    expect(await claw.event('chat', ({ state }) => state === 'final')).toMatchObject({
      payload: {
        runId: 'k',
        sessionKey: 'agent:main:main',
        message: { content: [{ text: 'Echo (no model configured): across' }] },
      },
    });
    expect(await claw.ask('chat.history', { sessionKey: 'agent:main:main' })).toMatchObject({
      payload: { messages: [{ role: 'user', content: 'across', idempotencyKey: 'k:user' }, { role: 'assistant' }] },
    });
  });
});
