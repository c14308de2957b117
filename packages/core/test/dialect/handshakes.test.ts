import { describe, expect, test } from 'vitest';
import { startHandshake } from '../../src/dialect/auto.ts';
import type { Credentials, Handshake, HandshakeStep } from '../../src/dialect/dialect.ts';
import { jsonRpc } from '../../src/dialect/jsonrpc.ts';
import { openClaw, operatorScopes } from '../../src/dialect/openclaw.ts';
import { recordedHello, recordedRefusals, versions } from './recorded.ts';

const client = { version: '1.2.3', platform: 'linux' };
const challenge = { type: 'event', event: 'connect.challenge', payload: { nonce: 'n', ts: 1 } };

function facts(credentials: Credentials = {}) {
  return { credentials, client, scopes: operatorScopes };
}
function hear(handshake: Handshake, frame: unknown): HandshakeStep {
  return handshake.receive(JSON.stringify(frame));
}
function sent(step: HandshakeStep): unknown {
  return 'send' in step && step.send !== undefined ? JSON.parse(step.send) : undefined;
}

describe('JSON-RPC', () => {
  const asksHealth = { jsonrpc: '2.0', id: 'health', method: 'system.health' };

  test('the JSON-RPC handshake begins with health, and its result is the session', () => {
    const handshake = jsonRpc.createHandshake(facts());
    expect(sent(handshake.begin())).toEqual(asksHealth);
    const result = { ok: true, uptime: 5, version: '0.1.0' };
    expect(hear(handshake, { jsonrpc: '2.0', id: 'health', result })).toEqual({
      kind: 'accepted',
      session: { dialect: 'jsonrpc', version: '0.1.0' },
    });
  });

  test.each([-32601, -32603, -32004])('error %i to the first request proves that RPC works', (code) => {
    const handshake = jsonRpc.createHandshake(facts());
    handshake.begin();
    const step = hear(handshake, { jsonrpc: '2.0', id: 'health', error: { code, message: 'no' } });
    expect(step).toEqual({ kind: 'accepted', session: { dialect: 'jsonrpc' } });
  });

  test('the JSON-RPC handshake logs in first when there is a token', () => {
    const handshake = jsonRpc.createHandshake(facts({ token: 'T' }));
    expect(sent(handshake.begin())).toEqual({
      jsonrpc: '2.0',
      id: 'login',
      method: 'auth.login',
      params: { token: 'T' },
    });
    expect(sent(hear(handshake, { jsonrpc: '2.0', id: 'login', result: { ok: true } }))).toEqual(asksHealth);
  });

  test('a gateway without a login method is asked for health without one', () => {
    const handshake = jsonRpc.createHandshake(facts({ token: 'T' }));
    handshake.begin();
    const step = hear(handshake, { jsonrpc: '2.0', id: 'login', error: { code: -32601, message: 'no such method' } });
    expect(sent(step)).toEqual(asksHealth);
  });

  test.each([
    [undefined, 'health', { code: -32002, message: 'auth' }, { kind: 'token-missing', message: 'auth' }],
    ['T', 'login', { code: -32002, message: 'auth' }, { kind: 'token-mismatch', message: 'auth' }],
    ['T', 'login', { code: -32003, message: 'denied' }, { kind: 'token-mismatch', message: 'denied' }],
    ['T', 'login', { code: -32000, message: 'odd' }, { kind: 'token-mismatch', message: 'odd' }],
    [
      'T',
      'login',
      { code: -32006, message: 'slow', data: { retryAfterMs: 900 } },
      { kind: 'rate-limited', retryAfterMs: 900 },
    ],
    [undefined, 'health', { code: -32006, message: 'slow' }, { kind: 'rate-limited' }],
    [undefined, 'health', { code: -32001, message: 'starting' }, { kind: 'starting', message: 'starting' }],
    [
      undefined,
      'health',
      { code: -32000, message: 'starting', data: { retryAfterMs: 250 } },
      { kind: 'starting', message: 'starting', retryAfterMs: 250 },
    ],
  ])('token %s, error to %s: %j', (token, id, error, refusal) => {
    const handshake = jsonRpc.createHandshake(facts(token === undefined ? {} : { token }));
    handshake.begin();
    expect(hear(handshake, { jsonrpc: '2.0', id, error })).toEqual({ kind: 'refused', refusal });
  });

  test.each([
    ['0', { retryAfterMs: 0 }],
    ['-1', {}],
    ['1e999', {}],
    ['"900"', {}],
  ])('retryAfterMs %s of a rate limit is read as %j: only a finite number from 0 on counts', (ms, floor) => {
    const handshake = jsonRpc.createHandshake(facts());
    handshake.begin();
    const error = `{"code":-32006,"message":"slow","data":{"retryAfterMs":${ms}}}`;
    expect(handshake.receive(`{"jsonrpc":"2.0","id":"health","error":${error}}`)).toEqual({
      kind: 'refused',
      refusal: { kind: 'rate-limited', ...floor },
    });
  });

  test.each([
    [-32002, 'Server not initialized'],
    [-32002, 'server not initialized'],
    [-32002, 'Resource not found'],
    [-32001, 'Resource not found'],
    [-32001, 'Request timed out'],
    [-32003, 'Transaction rejected'],
    [-32006, 'JSON-RPC version not supported'],
  ])('error %i "%s" is the meaning of another protocol: the peer answers, so it is ready', (code, message) => {
    for (const token of [undefined, 'T']) {
      const handshake = jsonRpc.createHandshake(facts(token === undefined ? {} : { token }));
      handshake.begin();
      if (token !== undefined) hear(handshake, { jsonrpc: '2.0', id: 'login', error: { code: -32601, message: 'no' } });
      expect(hear(handshake, { jsonrpc: '2.0', id: 'health', error: { code, message } })).toEqual({
        kind: 'accepted',
        session: { dialect: 'jsonrpc' },
      });
    }
  });

  test('a server that is not initialized has no login, so it is asked for health without one', () => {
    const handshake = jsonRpc.createHandshake(facts({ token: 'T' }));
    handshake.begin();
    const error = { code: -32002, message: 'server not initialized' };
    expect(sent(hear(handshake, { jsonrpc: '2.0', id: 'login', error }))).toEqual(asksHealth);
  });

  test.each([
    { id: 'health', result: { version: '3' }, error: null },
    { jsonrpc: '1.0', id: 'health', result: { version: '3' } },
  ])('the loose reply %j is an answer to the handshake', (frame) => {
    const handshake = jsonRpc.createHandshake(facts());
    handshake.begin();
    expect(hear(handshake, frame)).toEqual({ kind: 'accepted', session: { dialect: 'jsonrpc', version: '3' } });
  });

  test('a server that takes only numbers for ids, and says so under the id null, has answered', () => {
    const handshake = jsonRpc.createHandshake(facts());
    handshake.begin();
    const error = { code: -32600, message: 'id must be an integer' };
    expect(hear(handshake, { jsonrpc: '2.0', id: null, error })).toMatchObject({ kind: 'accepted' });
  });

  test('ready "open" asks nothing: the open socket is enough, after a login if there is a token', () => {
    const accepted = { kind: 'accepted', session: { dialect: 'jsonrpc' } };
    expect(jsonRpc.createHandshake({ ...facts(), ready: 'open' }).begin()).toEqual(accepted);
    const handshake = jsonRpc.createHandshake({ ...facts({ token: 'T' }), ready: 'open' });
    expect(sent(handshake.begin())).toMatchObject({ method: 'auth.login' });
    expect(hear(handshake, { jsonrpc: '2.0', id: 'login', result: true })).toEqual(accepted);
  });

  test('a request as ready proves readiness by its result only', () => {
    const ready = { method: 'model.loaded', params: { name: 'x' } };
    const begin = () => {
      const handshake = jsonRpc.createHandshake({ ...facts(), ready });
      expect(sent(handshake.begin())).toEqual({ jsonrpc: '2.0', id: 'health', ...ready });
      return handshake;
    };
    expect(hear(begin(), { jsonrpc: '2.0', id: 'health', result: false })).toMatchObject({ kind: 'accepted' });
    const busy = { code: -32050, message: 'loading' };
    expect(hear(begin(), { jsonrpc: '2.0', id: 'health', error: busy })).toEqual({
      kind: 'refused',
      refusal: { kind: 'rejected', method: 'model.loaded', ...busy, retryAfterMs: 500 },
    });
    const unknown = { code: -32601, message: 'Method not found' };
    expect(hear(begin(), { jsonrpc: '2.0', id: 'health', error: unknown })).toEqual({
      kind: 'refused',
      refusal: { kind: 'rejected', method: 'model.loaded', ...unknown },
    });
  });

  test('a reply to the health request is queued while the login is still to be answered', () => {
    const handshake = jsonRpc.createHandshake(facts({ token: 'T' }));
    handshake.begin();
    expect(hear(handshake, { jsonrpc: '2.0', id: 'health', result: {} })).toEqual({ kind: 'queue' });
  });

  test('a gateway that takes the login and refuses the health request has another token', () => {
    const handshake = jsonRpc.createHandshake(facts({ token: 'T' }));
    handshake.begin();
    hear(handshake, { jsonrpc: '2.0', id: 'login', result: { ok: true } });
    const error = { code: -32002, message: 'auth' };
    const refusal = { kind: 'token-mismatch', message: 'auth' };
    expect(hear(handshake, { jsonrpc: '2.0', id: 'health', error })).toEqual({ kind: 'refused', refusal });
  });

  test('frames during the JSON-RPC handshake are queued for the session', () => {
    const handshake = jsonRpc.createHandshake(facts());
    handshake.begin();
    const aside: HandshakeStep = { kind: 'queue' };
    expect(hear(handshake, { jsonrpc: '2.0', method: 'gateway.status_changed', params: { state: 'running' } })).toEqual(
      aside,
    );
    expect(hear(handshake, { jsonrpc: '2.0', id: 1, method: 'ask' })).toEqual(aside);
    expect(hear(handshake, { jsonrpc: '2.0', id: 'other', result: 1 })).toEqual(aside);
    expect(hear(handshake, { jsonrpc: '2.0', id: 'login', result: 'never asked' })).toEqual(aside);
  });

  test('invalid frames are queued for the session to count, and do not stop the handshake', () => {
    const handshake = jsonRpc.createHandshake(facts());
    handshake.begin();
    for (const noise of ['<html>', '{', '7', '{"hello":1}'])
      expect(handshake.receive(noise)).toEqual({ kind: 'queue' });
    expect(hear(handshake, { jsonrpc: '2.0', id: 'health', result: {} })).toMatchObject({ kind: 'accepted' });
  });

  test('a challenge alone changes nothing (a gateway may speak both dialects); an answer in the other dialect does', () => {
    const handshake = jsonRpc.createHandshake(facts());
    handshake.begin();
    expect(hear(handshake, challenge)).toEqual({ kind: 'wait' });
    const error = { code: 'INVALID_REQUEST', message: 'invalid handshake: first request must be connect' };
    expect(hear(handshake, { type: 'res', id: 'invalid', ok: false, error })).toEqual({
      kind: 'refused',
      refusal: { kind: 'other-dialect', speaks: 'openclaw' },
    });
    expect(hear(handshake, { jsonrpc: '2.0', id: 'health', result: {} })).toMatchObject({ kind: 'accepted' });
  });
});

describe('OpenClaw', () => {
  test('the OpenClaw handshake waits for the challenge, then sends both protocols, its scopes and its token', () => {
    const handshake = openClaw.createHandshake(facts({ token: 'T' }));
    expect(handshake.begin()).toEqual({ kind: 'wait' });
    expect(sent(hear(handshake, challenge))).toEqual({
      type: 'req',
      id: 'connect',
      method: 'connect',
      params: {
        minProtocol: 3,
        maxProtocol: 4,
        client: { id: 'gateway-client', version: '1.2.3', platform: 'linux', mode: 'backend' },
        role: 'operator',
        scopes: ['operator.read', 'operator.write', 'operator.admin', 'operator.approvals', 'operator.pairing'],
        caps: [],
        auth: { token: 'T' },
      },
    });
  });

  test('a gateway that has a secret to check gets the time by which it delays wrong ones', () => {
    expect(hear(openClaw.createHandshake(facts({ token: 'T' })), challenge)).toMatchObject({ answerWithinMs: 8_000 });
    expect(hear(openClaw.createHandshake(facts()), challenge)).not.toHaveProperty('answerWithinMs');
  });

  test('connect without a secret has no auth, and a password is sent as one', () => {
    expect(sent(hear(openClaw.createHandshake(facts()), challenge))).not.toHaveProperty('params.auth');
    const step = hear(openClaw.createHandshake(facts({ password: 'P' })), challenge);
    expect(sent(step)).toMatchObject({ params: { auth: { password: 'P' } } });
  });

  test.each(versions)('the hello of OpenClaw %s is accepted as a session', (version) => {
    const handshake = openClaw.createHandshake(facts({ token: 'T' }));
    hear(handshake, challenge);
    const hello = recordedHello(version);
    const step = hear(handshake, { type: 'res', id: 'connect', ok: true, payload: hello });
    const isOld = version === '2026.2.3-1';
    expect(step).toMatchObject({
      kind: 'accepted',
      session: {
        dialect: 'openclaw',
        version: isOld ? 'dev' : version,
        protocol: isOld ? 3 : 4,
        maxPayload: isOld ? 524_288 : 26_214_400,
        tickIntervalMs: 30_000,
        methods: expect.arrayContaining(['health', 'chat.send']),
        events: expect.arrayContaining(['tick', 'shutdown']),
        scopes: expect.arrayContaining(['operator.read', 'operator.write']),
      },
    });
    expect(step).not.toHaveProperty('session.missingScopes');
    if (isOld) expect(step).not.toHaveProperty('session.firstSeq');
    else expect(step).toHaveProperty('session.firstSeq', 1);
    if (isOld) expect(step).not.toHaveProperty('session.marksDuplicates');
    else expect(step).toHaveProperty('session.marksDuplicates', true);
  });

  test('a hello that grants fewer scopes than requested yields the missing ones', () => {
    const handshake = openClaw.createHandshake(facts({ token: 'T' }));
    hear(handshake, challenge);
    const payload = { ...recordedHello('2026.9.6'), auth: { role: 'operator', scopes: [] } };
    const step = hear(handshake, { type: 'res', id: 'connect', ok: true, payload });
    expect(step).toMatchObject({ kind: 'accepted', session: { scopes: [], missingScopes: operatorScopes } });
  });

  test.each([
    ['a hello without policy', { ...recordedHello('2026.9.6'), policy: undefined }, 'invalid-frame'],
    ['a hello of protocol 5', { ...recordedHello('2026.9.6'), protocol: 5 }, 'protocol-mismatch'],
    ['no hello at all', { ok: true }, 'invalid-frame'],
  ])('%s is refused', (_, payload, kind) => {
    const handshake = openClaw.createHandshake(facts());
    hear(handshake, challenge);
    expect(hear(handshake, { type: 'res', id: 'connect', ok: true, payload })).toMatchObject({ refusal: { kind } });
  });

  test.each([
    ['a challenge without nonce', JSON.stringify({ ...challenge, payload: {} }), 'invalid-frame'],
    ['JSON-RPC', '{"jsonrpc":"2.0","method":"hello"}', 'other-dialect'],
  ])('%s instead of a challenge is refused', (_, text, kind) => {
    expect(openClaw.createHandshake(facts()).receive(text)).toMatchObject({ kind: 'refused', refusal: { kind } });
  });

  test('invalid frames and events before the challenge and before hello are queued for the session', () => {
    const handshake = openClaw.createHandshake(facts());
    const presence = { type: 'event', event: 'presence', seq: 1 };
    expect(handshake.receive('noise')).toEqual({ kind: 'queue' });
    expect(hear(handshake, presence)).toEqual({ kind: 'queue' });
    expect(sent(hear(handshake, challenge))).toMatchObject({ method: 'connect' });
    expect(handshake.receive('noise')).toEqual({ kind: 'queue' });
    expect(hear(handshake, presence)).toEqual({ kind: 'queue' });
    expect(hear(handshake, { type: 'res', id: 'invalid', ok: false })).toEqual({ kind: 'queue' });
    expect(hear(handshake, { type: 'res', id: 'connect', ok: 'perhaps' })).toMatchObject({
      refusal: { kind: 'invalid-frame' },
    });
  });
});

describe('the handshake of a dialect that was named', () => {
  test.each([jsonRpc, openClaw])('silence during the handshake of $name changes nothing', (dialect) => {
    const handshake = dialect.createHandshake(facts());
    handshake.begin();
    expect(handshake.silent()).toEqual({ kind: 'wait' });
  });

  test('frames after the hello of OpenClaw are queued for the session', () => {
    const handshake = openClaw.createHandshake(facts());
    hear(handshake, challenge);
    hear(handshake, { type: 'res', id: 'connect', ok: true, payload: recordedHello('2026.9.6') });
    expect(hear(handshake, challenge)).toEqual({ kind: 'queue' });
    expect(hear(handshake, { type: 'res', id: 'connect', ok: false })).toEqual({ kind: 'queue' });
  });

  test('a challenge that cannot be answered is refused with what it lacks', () => {
    const step = hear(openClaw.createHandshake(facts()), { ...challenge, payload: {} });
    const refusal = { kind: 'invalid-frame', detail: 'the challenge has no nonce, or its time is no whole number' };
    expect(step).toEqual({ kind: 'refused', refusal });
  });

  test('the dialects are called as in settings and status', () => {
    expect([jsonRpc.name, openClaw.name]).toEqual(['jsonrpc', 'openclaw']);
  });
});

describe('refusals as they were recorded', () => {
  /** The first row whose pattern is in the case or the message decides. */
  const meanings: readonly (readonly [pattern: RegExp, kind: string])[] = [
    [/starting/, 'starting'],
    [/device identity required|requires device identity/, 'device-required'],
    [/device signature invalid/, 'signature-refused'],
    [/token missing/, 'token-missing'],
    [/token mismatch/, 'token-mismatch'],
    [/pairing required/, 'pairing-required'],
    [/protocol mismatch/, 'protocol-mismatch'],
    [/./, 'rejected'],
  ];

  test.each(recordedRefusals().map((row) => [row.version, row.name, row] as const))(
    'the recorded refusal of OpenClaw %s for %s is read by its meaning',
    (_, name, { error }) => {
      const expected = meanings.find(([pattern]) => pattern.test(`${name} ${error.message}`))?.[1];
      const credentials = /no auth|password field/.test(name) ? {} : { token: 'T' };
      const handshake = openClaw.createHandshake(facts(credentials));
      hear(handshake, challenge);
      const step = hear(handshake, { type: 'res', id: 'connect', ok: false, error });
      expect(step).toMatchObject({ kind: 'refused', refusal: { kind: expected } });
    },
  );

  test('refusals that old gateways state only in a sentence are read as the same', () => {
    const sentences = {
      'unauthorized: too many failed authentication attempts (retry later)': 'rate-limited',
      'unauthorized: gateway password mismatch (provide gateway auth password)': 'token-mismatch',
      'unauthorized: gateway password missing (provide gateway auth password)': 'token-missing',
      unauthorized: 'token-mismatch',
      'device nonce mismatch': 'rejected',
    };
    const meant = Object.keys(sentences).map((message) => {
      const handshake = openClaw.createHandshake(facts({ token: 'T' }));
      hear(handshake, challenge);
      const step = hear(handshake, {
        type: 'res',
        id: 'connect',
        ok: false,
        error: { code: 'INVALID_REQUEST', message },
      });
      return step.kind === 'refused' ? step.refusal.kind : step.kind;
    });
    expect(meant).toEqual(Object.values(sentences));
  });

  test('at least the expected number of refusals is recorded', () => {
    expect(recordedRefusals().length).toBeGreaterThan(40);
  });

  test('a starting refusal has its delay, and a pairing refusal its request id', () => {
    const rows = recordedRefusals();
    const step = (name: string) => {
      const row = rows.find((candidate) => candidate.name === name);
      const handshake = openClaw.createHandshake(facts({ token: 'T' }));
      hear(handshake, challenge);
      return hear(handshake, { type: 'res', id: 'connect', ok: false, error: row?.error });
    };
    expect(step('starting')).toMatchObject({ refusal: { retryAfterMs: 500 } });
    expect(step('dev2 upgrade to admin w/ token')).toMatchObject({
      refusal: { reason: 'scope-upgrade', requestId: '68c50bd1-82db-4986-80e8-d404d9d4f9d4' },
    });
    expect(step('proto 3..3')).toMatchObject({ refusal: { ours: '3 to 4', theirs: '4' } });
  });
});

describe('auto', () => {
  test('auto takes a challenge for OpenClaw', () => {
    const handshake = startHandshake('auto', undefined, facts({ token: 'T' }));
    expect(handshake.begin()).toEqual({ kind: 'wait', silenceMs: 250 });
    expect(sent(hear(handshake, challenge))).toMatchObject({ method: 'connect' });
    const payload = recordedHello('2026.9.6');
    expect(hear(handshake, { type: 'res', id: 'connect', ok: true, payload })).toMatchObject({
      session: { dialect: 'openclaw' },
    });
  });

  test('auto takes silence for JSON-RPC', () => {
    const handshake = startHandshake('auto', undefined, facts());
    handshake.begin();
    expect(sent(handshake.silent())).toMatchObject({ method: 'system.health' });
    const step = hear(handshake, { jsonrpc: '2.0', id: 'health', result: { version: '1' } });
    expect(step).toMatchObject({ session: { dialect: 'jsonrpc', version: '1' } });
  });

  test('auto takes a JSON-RPC frame for JSON-RPC, and does not lose it', () => {
    const handshake = startHandshake('auto', undefined, facts());
    handshake.begin();
    const step = hear(handshake, { jsonrpc: '2.0', method: 'hello' });
    expect(step.kind).toBe('queue');
    expect(sent(step)).toMatchObject({ method: 'system.health' });
  });

  test('a challenge after the silence is a refusal that starts the next attempt in OpenClaw', () => {
    const handshake = startHandshake('auto', undefined, facts());
    handshake.begin();
    handshake.silent();
    expect(hear(handshake, challenge)).toEqual({
      kind: 'refused',
      refusal: { kind: 'other-dialect', speaks: 'openclaw' },
    });
  });

  test('a learned dialect skips the listening, and another dialect is noticed', () => {
    expect(sent(startHandshake('auto', 'jsonrpc', facts()).begin())).toMatchObject({ method: 'system.health' });
    const handshake = startHandshake('auto', 'openclaw', facts());
    expect(handshake.begin()).toEqual({ kind: 'wait' });
    const refusal = { kind: 'other-dialect', speaks: 'jsonrpc' };
    expect(hear(handshake, { jsonrpc: '2.0', method: 'hello' })).toEqual({ kind: 'refused', refusal });
  });

  test.each([{ event: 'playback_state_changed' }, { notification: 'feed', params: [] }, { method: 'hello' }])(
    'a peer that speaks first with %j speaks JSON-RPC, loosely',
    (frame) => {
      const handshake = startHandshake('auto', undefined, facts());
      handshake.begin();
      expect(hear(handshake, frame)).toMatchObject({ kind: 'queue', send: expect.stringContaining('system.health') });
      const open = startHandshake('auto', undefined, { ...facts(), ready: 'open' });
      open.begin();
      expect(hear(open, frame)).toMatchObject({ kind: 'accepted', queues: true });
    },
  );

  test('an invalid frame decides no dialect', () => {
    const handshake = startHandshake('auto', undefined, facts());
    handshake.begin();
    for (const noise of ['<html>', '[]', '{"type":"connected"}']) {
      expect(handshake.receive(noise)).toEqual({ kind: 'queue', silenceMs: 250 });
    }
    expect(sent(hear(handshake, challenge))).toMatchObject({ method: 'connect' });
  });
});

describe('what a gateway announces about its own end', () => {
  test.each([
    [openClaw, 'shutdown', { reason: 'gateway stopping' }, { reason: 'gateway stopping' }],
    [openClaw, 'shutdown', { reason: 'gateway stopping', restartExpectedMs: null }, { reason: 'gateway stopping' }],
    [
      openClaw,
      'shutdown',
      { reason: 'gateway restarting', restartExpectedMs: 1_500 },
      { reason: 'gateway restarting', restartExpectedMs: 1_500 },
    ],
    [openClaw, 'shutdown', undefined, { reason: 'shutdown' }],
    [openClaw, 'shutdown', { reason: 7, restartExpectedMs: 0 }, { reason: 'shutdown', restartExpectedMs: 0 }],
    [openClaw, 'shutdown', { restartExpectedMs: -1 }, { reason: 'shutdown' }],
    [openClaw, 'tick', { ts: 1 }, undefined],
    [jsonRpc, 'gateway.status_changed', { state: 'stopping' }, { reason: 'stopping' }],
    [
      jsonRpc,
      'gateway.status_changed',
      { state: 'restarting', reason: 'config', restartExpectedMs: 200 },
      { reason: 'config', restartExpectedMs: 200 },
    ],
    [
      jsonRpc,
      'gateway.status_changed',
      { state: 'stopping', restartExpectedMs: 0 },
      { reason: 'stopping', restartExpectedMs: 0 },
    ],
    [jsonRpc, 'gateway.status_changed', { state: 'stopping', restartExpectedMs: '5' }, { reason: 'stopping' }],
    [jsonRpc, 'gateway.status_changed', { state: 'stopping', restartExpectedMs: -1 }, { reason: 'stopping' }],
    [jsonRpc, 'gateway.status_changed', { state: 'running' }, undefined],
    [jsonRpc, 'chat.message_sent', { state: 'stopping' }, undefined],
  ])('%o %s %j', (dialect, method, params, notice) => {
    expect(dialect.readNotice(method, params)).toEqual(notice);
  });
});
