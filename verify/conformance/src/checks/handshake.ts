import assert from 'node:assert/strict';
import { isConnectChallenge, isHelloOk } from '@deskclaw/protocol';
import type { Bench } from '../bench.ts';
import type { Check } from '../check.ts';
import { call, detailCode, type Greeting, greet, login, recipe, scopes } from '../handshake.ts';
import { at, type Frame, Wire } from '../wire.ts';

async function refusal(bench: Bench, params: Frame): Promise<Extract<Greeting, { kind: 'refused' }>> {
  const greeting = await greet(bench.gateway.port, params);
  if (greeting.kind === 'hello') greeting.wire.close();
  assert.equal(greeting.kind, 'refused');
  return greeting.kind === 'refused' ? greeting : assert.fail();
}

const relied = ['health', 'chat.send', 'chat.abort', 'chat.history', 'sessions.list', 'channels.status', 'logs.tail'];

export const handshakeChecks: readonly Check[] = [
  {
    name: 'hello',
    fact: 'protocol 3 to 4, gateway-client/backend, token, no device: let in with every scope asked for',
    async run(bench) {
      const greeting = await greet(bench.gateway.port);
      if (greeting.kind !== 'hello') return assert.fail(JSON.stringify(greeting));
      const { hello, wire, challengeMs } = greeting;
      wire.close();
      assert.ok(isConnectChallenge(at(wire.frames[0], 'payload')));
      if (!isHelloOk(hello)) return assert.fail('hello-ok is not as promised');
      assert.equal(hello.protocol, bench.generation.protocol);
      assert.deepEqual(hello.auth?.scopes, bench.expect({ A: undefined, B: scopes, C: scopes }));
      for (const method of relied) assert.ok(hello.features.methods.includes(method), method);
      assert.equal(hello.policy.tickIntervalMs, 30_000);
      return `challenge after ${challengeMs.toFixed(0)} ms, ${String(hello.features.methods.length)} methods, maxPayload ${String(hello.policy.maxPayload)}`;
    },
  },
  {
    name: 'wrong token',
    fact: 'refused and closed with 1008; from the middle generation on with a code to tell it by',
    async run(bench) {
      const { error, closing } = await refusal(bench, recipe({ auth: { token: 'wrong' } }));
      assert.equal(
        detailCode(error),
        bench.expect<string | undefined>({ A: undefined, B: 'AUTH_TOKEN_MISMATCH', C: 'AUTH_TOKEN_MISMATCH' }),
      );
      assert.match(String(error['message']), /token mismatch/i);
      assert.equal(closing.code, 1008);
      return String(error['message']).slice(0, 60);
    },
  },
  {
    name: 'no token',
    fact: 'refused as without identity',
    async run(bench) {
      const { auth: _auth, ...params } = recipe();
      const { error, closing } = await refusal(bench, params);
      assert.equal(error['code'], 'NOT_PAIRED');
      assert.equal(closing.code, 1008);
      return undefined;
    },
  },
  {
    name: 'no scopes',
    fact: 'asking for none means all (oldest) or none: always ask',
    async run(bench) {
      const { wire, hello } = await login(bench.gateway.port, recipe({ scopes: [] }));
      wire.close();
      assert.deepEqual(at(hello, 'auth', 'scopes'), bench.expect<unknown>({ A: undefined, B: [], C: [] }));
      return undefined;
    },
  },
  {
    name: 'other protocol',
    fact: 'a range it does not speak is refused with 1002',
    async run(bench) {
      const { error, closing } = await refusal(bench, recipe({ minProtocol: 1, maxProtocol: 2 }));
      assert.match(String(error['message']), /protocol mismatch/);
      assert.equal(at(error, 'details', 'expectedProtocol'), bench.generation.protocol);
      assert.equal(closing.code, 1002);
      return undefined;
    },
  },
  {
    name: 'unknown client',
    fact: 'client ids and modes are a closed list',
    async run(bench) {
      const client = { id: 'deskclaw', version: '1', platform: 'linux', mode: 'backend' };
      const { error, closing } = await refusal(bench, recipe({ client }));
      assert.match(String(error['message']), /invalid connect params/);
      assert.equal(closing.code, 1008);
      return undefined;
    },
  },
  {
    name: 'missing scope',
    fact: 'a call beyond the scopes is refused by name; the newest uses FORBIDDEN',
    async run(bench) {
      const { wire } = await login(bench.gateway.port, recipe({ scopes: ['operator.read'] }));
      const answer = await call(wire, 'config.set', { raw: '{}' });
      wire.close();
      assert.equal(
        at(answer, 'error', 'code'),
        bench.expect({ A: 'INVALID_REQUEST', B: 'INVALID_REQUEST', C: 'FORBIDDEN' }),
      );
      assert.match(String(at(answer, 'error', 'message')), /missing scope: operator\.admin/);
      return undefined;
    },
  },
  {
    name: 'large first frame',
    fact: '70 KB before the login: closed with 1009 (the oldest reads it)',
    async run(bench) {
      const wire = await Wire.open(bench.gateway.port);
      await wire.next((frame) => frame['event'] === 'connect.challenge', 'challenge');
      wire.send({ type: 'req', id: 'connect', method: 'connect', params: recipe({ userAgent: 'x'.repeat(70_000) }) });
      const answer = await Promise.race([wire.answer('connect'), wire.closed]).catch(() => wire.closed);
      wire.close();
      assert.equal(at(answer, 'code') ?? at(answer, 'ok'), bench.expect<unknown>({ A: true, B: 1009, C: 1009 }));
      return undefined;
    },
  },
];
