import { isHelloOk, isObject, isOpenClawEvent, isOpenClawRequest, isOpenClawResponse } from '@deskclaw/protocol';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { abortActiveRuns } from '../../../openclaw/src/openclaw-target.ts';
import type { Credentials } from '../../src/dialect/dialect.ts';
import { openClaw, operatorScopes } from '../../src/dialect/openclaw.ts';
import { awaitRunResult, openClawCodec } from '../../src/dialect/openclaw-codec.ts';
import type { SignatureVersion } from '../../src/dialect/openclaw-signature.ts';
import { webDeviceKeys } from '../../src/ports/browser/web-device-keys.ts';
import { serve } from '../connection/real.ts';
import { faultsOf } from './published-schema.ts';
import { recordedEvents, recordedHello, recordedRefusals } from './recorded.ts';

const challenge = { type: 'event', event: 'connect.challenge', payload: { nonce: 'n', ts: 1_795_450_167_393 } };

async function connectFrame(credentials: Credentials, signature?: SignatureVersion): Promise<unknown> {
  const { key } = await webDeviceKeys.create();
  const handshake = openClaw.createHandshake({
    credentials,
    client: { version: '1.2.3', platform: 'linux' },
    scopes: operatorScopes,
    ...(signature === undefined ? {} : { device: { key, signature } }),
  });
  const step = handshake.receive(JSON.stringify(challenge));
  const sent = step.kind === 'async' ? await step.step : step;
  if (!('send' in sent) || sent.send === undefined) throw new Error(sent.kind);
  return JSON.parse(sent.send);
}

function paramsOf(frame: unknown): unknown {
  return isObject(frame) ? frame['params'] : undefined;
}

test('the published schema accepts valid frames and rejects invalid ones', () => {
  expect(faultsOf('TickEvent', { ts: 1 })).toEqual([]);
  expect(faultsOf('TickEvent', { ts: 'now', more: true })).toHaveLength(2);
  expect(() => faultsOf('NoSuchThing', {})).toThrow('nothing is published');
});

describe('what we send is as published', () => {
  test.each<[string, Credentials, SignatureVersion | undefined]>([
    ['nobody', {}, undefined],
    ['a program with a token', { token: 'T' }, undefined],
    ['a program with a password', { password: 'P' }, undefined],
    ['a device with a token', { token: 'T' }, 'v3'],
    ['a device with a token, signed the old way', { token: 'T' }, 'v2'],
    ['a device alone', {}, 'v3'],
  ])('connect as %s matches the published schema', async (_, credentials, signature) => {
    const frame = await connectFrame(credentials, signature);
    expect(faultsOf('RequestFrame', frame)).toEqual([]);
    expect(faultsOf('ConnectParams', paramsOf(frame))).toEqual([]);
  });

  test.each([
    ['ChatSendParams', 'chat.send', { sessionKey: 'main', message: 'hello', idempotencyKey: 'run-1' }],
    ['ChatAbortParams', 'chat.abort', { sessionKey: 'main', runId: 'run-1' }],
    ['ChatHistoryParams', 'chat.history', { sessionKey: 'main', limit: 20 }],
    ['AgentParams', 'agent', { sessionKey: 'main', message: 'hello', deliver: false, idempotencyKey: 'run-1' }],
    ['AgentWaitParams', 'agent.wait', awaitRunResult({ runId: 'run-1', status: 'in_flight' })?.params],
    ['DevicePairApproveParams', 'device.pair.approve', { requestId: 'r' }],
  ])('a request of type %s matches the published schema', (definition, method, params) => {
    const frame: unknown = JSON.parse(openClawCodec.request(7, method, JSON.stringify(params)));
    expect(faultsOf('RequestFrame', frame)).toEqual([]);
    expect(faultsOf(definition, paramsOf(frame))).toEqual([]);
  });

  test('the request before a stop matches the published schema', async () => {
    const asked: string[] = [];
    const sessions = [{ key: 'agent:main:main', hasActiveRun: true }];
    await abortActiveRuns((method, params) => {
      const definition = method === 'sessions.list' ? 'SessionsListParams' : 'ChatAbortParams';
      expect(faultsOf(definition, params)).toEqual([]);
      asked.push(method);
      return Promise.resolve({ sessions });
    }, 1_000);
    expect(asked).toEqual(['sessions.list', 'chat.abort']);
  });

  test('our answers and errors match the published schema', () => {
    expect(faultsOf('ResponseFrame', JSON.parse(openClawCodec.success('1', { ok: true })))).toEqual([]);
    const failure: unknown = JSON.parse(openClawCodec.failure('1', { code: -32601, message: 'no such method' }));
    expect(faultsOf('ResponseFrame', failure)).toEqual([]);
  });
});

/** Fields that 2026.9.6 sends and the newest published schema, of 2026.9.1, does not have. */
const newerThanPublished = ['/auth must NOT have additional properties {"additionalProperty":"method"}'];
/** The parts of a hello that we act on. */
const readPart = /^\/(type|protocol|server|features|auth|policy)\b/;

describe('what real gateways sent', () => {
  test('recorded refusals match the published schema, and our guards accept each', () => {
    for (const { error } of recordedRefusals()) {
      expect(faultsOf('ErrorShape', error)).toEqual([]);
      expect(isOpenClawResponse({ type: 'res', id: 'connect', ok: false, error })).toBe(true);
    }
  });

  test.each([
    ['chat', 'ChatEvent', []],
    // On the wire it names its session as well; the recording left out when it was said.
    [
      'agent',
      'AgentEvent',
      [
        ' must have required property \'ts\' {"missingProperty":"ts"}',
        ' must NOT have additional properties {"additionalProperty":"sessionKey"}',
        ' must NOT have additional properties {"additionalProperty":"agentId"}',
      ],
    ],
  ])('every "%s" of whole chats with the newest is as published', (name, definition, differences) => {
    const payloads = recordedEvents('2026.9.6', name);
    expect(payloads.length).toBeGreaterThan(10);
    const faults = payloads.flatMap((payload) => faultsOf(definition, payload));
    expect([...new Set(faults)]).toEqual(differences);
  });

  test('the newest hello matches the published schema, and we read the fields it has', () => {
    const hello = recordedHello('2026.9.6');
    expect(isHelloOk(hello)).toBe(true);
    expect(faultsOf('HelloOk', hello).filter((fault) => readPart.test(fault))).toEqual(newerThanPublished);
  });
});

test('the frames of the built-in gateway in the OpenClaw dialect match the published schema', async () => {
  const gateway = await serve({ dialect: 'openclaw', token: 'T', tickIntervalMs: 20 });
  const socket = new WebSocket(gateway.url);
  onTestFinished(() => socket.terminate());
  const said: unknown[] = [];
  const events = new Map<string, unknown>();
  socket.on('message', (data: Buffer) => {
    const frame: unknown = JSON.parse(data.toString('utf8'));
    said.push(frame);
    if (isOpenClawEvent(frame)) events.set(frame.event, frame.payload);
  });
  await expect.poll(() => events.has('connect.challenge')).toBe(true);
  socket.send(JSON.stringify(await connectFrame({ token: 'T' })));
  await expect.poll(() => said.some(isOpenClawResponse)).toBe(true);
  socket.send(openClawCodec.request(1, 'health', undefined));
  socket.send(openClawCodec.request(2, 'no.such.method', undefined));
  const params = JSON.stringify({ sessionKey: 'main', message: 'hello', idempotencyKey: 'run-1' });
  socket.send(openClawCodec.request(3, 'chat.send', params));
  await expect.poll(() => ['tick', 'health', 'chat'].every((event) => events.has(event))).toBe(true);
  const gone = new Promise((resolve) => socket.once('close', resolve));
  await gateway.close();
  await gone;

  for (const frame of said) {
    const definition = isOpenClawResponse(frame) ? 'ResponseFrame' : 'EventFrame';
    expect(faultsOf(definition, frame), JSON.stringify(frame).slice(0, 300)).toEqual([]);
    expect(isOpenClawRequest(frame)).toBe(false);
  }
  expect(faultsOf('TickEvent', events.get('tick'))).toEqual([]);
  expect(faultsOf('ShutdownEvent', events.get('shutdown'))).toEqual([]);
  const hello = said.filter(isOpenClawResponse).find((answer) => answer.id === 'connect');
  expect(faultsOf('HelloOk', hello?.ok === true ? hello.payload : undefined)).toEqual([
    // A real gateway sends this field too.
    '/snapshot/presence/1 must NOT have additional properties {"additionalProperty":"clientId"}',
    ...newerThanPublished,
  ]);
});
